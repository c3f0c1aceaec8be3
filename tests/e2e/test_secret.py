"""Goals 16: no secret that the service was told stands in a log, a record, a journal or a command line."""

import base64
import hashlib
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place

pytestmark = pytest.mark.e2e
REALM = "sip.trunkline.localhost"
# What the owner alone may read, and what the tokens and the key are kept in.
PRIVATE = {"cli.toml", "secret.key"}


def _exercise(place: Place) -> list[str]:
    """Every way in which credentials reach the service, the wrong ones too; all that must not be found again."""
    service = place.town.service
    wrong = (place.login[0], "Wrong-Guess-4711x")
    guesser = place.customer()
    guesser.invite(login=wrong)
    guesser.refused(403)
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.talk_with(caller)
    bad_tokens = ["0123456789abcdef-bad-api", "0123456789abcdef-bad-operator", "0123456789abcdef-bad-key"]
    for path, user, token in (
        (f"/2010-04-01/Accounts/{service.account_sid}.json", service.account_sid, bad_tokens[0]),
        ("/operator/v1/Carriers", "operator", bad_tokens[1]),
        ("/v1/Trunks", "SK" + "0" * 32, bad_tokens[2]),
    ):
        assert httpx2.get(service.url + path, auth=(user, token)).status_code == 401
    place.record()
    secrets = [*service.secrets(), place.login[1], wrong[1], *bad_tokens]
    digested = [f"{user}:{REALM}:{password}".encode() for user, password in (place.login, wrong)]
    secrets += [kind(text).hexdigest() for text in digested for kind in (hashlib.md5, hashlib.sha256)]
    pairs = [f"{service.account_sid}:{service.secrets()[0]}", f"operator:{service.secrets()[1]}"]
    return secrets + [base64.b64encode(pair.encode()).decode() for pair in pairs]


def _places_to_look(place: Place) -> dict[str, bytes]:
    """Every file of the service but the private ones, its log, and the command lines of its processes."""
    root = place.town.service.home
    found: dict[str, bytes] = {}
    for path in root.rglob("*"):
        with suppress(FileNotFoundError):  # status.json.new and its like are renamed meanwhile
            if path.is_file() and path.name not in PRIVATE:
                found[str(path.relative_to(root))] = path.read_bytes()
    for name, pid in place.town.pids().items():
        found[f"command line of {name}"] = Path(f"/proc/{pid}/cmdline").read_bytes()
    return found


def test_no_secret_is_found_again(place: Place) -> None:
    """Goals 16; design, decision 10: looked for as text, as hex digest and as Basic credentials, at log level debug."""
    place.open()
    secrets = _exercise(place)
    places = _places_to_look(place)
    assert any(name.endswith("up.log") for name in places)
    assert any(name.endswith(".db") for name in places)
    assert any("journal" in name for name in places)
    betrayed = [
        (name, number) for number, word in enumerate(secrets) for name in places if word.encode() in places[name]
    ]
    assert betrayed == []


def test_what_is_private_is_the_owners_alone(place: Place) -> None:
    """Design, section 7: mode 0600 for key and tokens, 0700 for the home."""
    home = place.town.service.home / "home"
    assert home.stat().st_mode & 0o077 == 0
    kept = [path for path in home.rglob("*") if path.name in PRIVATE]
    assert {path.name for path in kept} >= {"secret.key"}
    assert [path.name for path in kept if path.stat().st_mode & 0o077] == []
