"""The gateway's facts: what is asked once is not asked again, until the change feed names it (design, decision 18)."""

from collections.abc import Coroutine
from typing import Any

import pytest

from tests.kit.facts import ACCOUNT, OWNED, TRUNK, Facts
from trunkline.domain.trunk.facts import CallerIdStatus
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.service.gateway.facts.cached_directory import CachedDirectory, FactsMissing

DOMAIN = TRUNK.domain or ""


def now(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that does not wait."""
    with pytest.raises(StopIteration) as stop:
        work.send(None)
    return stop.value.value


def fill(directory: CachedDirectory) -> None:
    """Ask for everything once."""
    now(directory.trunk_by_domain(DOMAIN))
    now(directory.trunk_by_domain("nobody.example"))
    now(directory.trunk_by_sid(TRUNK.sid))
    now(directory.account(ACCOUNT.sid))
    now(directory.number(OWNED))
    now(directory.caller_id_status(ACCOUNT.sid, OWNED))
    now(directory.carriers())
    now(directory.blocked_prefixes())
    now(directory.risks())


def missing(directory: CachedDirectory) -> set[str]:
    """What the cache alone does not know any more."""
    cached = directory.cached
    questions = {
        "domain": cached.trunk_by_domain(DOMAIN),
        "no domain": cached.trunk_by_domain("nobody.example"),
        "trunk": cached.trunk_by_sid(TRUNK.sid),
        "account": cached.account(ACCOUNT.sid),
        "number": cached.number(OWNED),
        "caller id": cached.caller_id_status(ACCOUNT.sid, OWNED),
        "carriers": cached.carriers(),
        "blocked": cached.blocked_prefixes(),
        "risks": cached.risks(),
    }
    found = set()
    for name, question in questions.items():
        try:
            question.send(None)
        except FactsMissing:
            found.add(name)
        except StopIteration:
            pass
    return found


def test_what_is_asked_once_is_known_without_the_store() -> None:
    facts = Facts()
    directory = CachedDirectory(facts)
    fill(directory)
    assert len(facts.asked) == 9
    facts.broken = True
    fill(directory)
    assert len(facts.asked) == 9
    assert now(directory.trunk_by_domain("nobody.example")) is None, "that there is none is a fact as well"
    assert now(directory.caller_id_status(ACCOUNT.sid, OWNED)) is CallerIdStatus.OWNED
    assert missing(directory) == set()


ALL = {"domain", "no domain", "trunk", "account", "number", "caller id", "carriers", "blocked", "risks"}


def test_the_cache_alone_raises_for_what_it_does_not_hold() -> None:
    assert missing(CachedDirectory(Facts())) == ALL


@pytest.mark.parametrize(
    ("kind", "sid", "key", "gone"),
    [
        ("trunk", TRUNK.sid, DOMAIN, {"domain", "no domain", "trunk"}),
        ("trunk", "TK2", "nobody.example", {"no domain"}),
        ("account", ACCOUNT.sid, None, {"account", "caller id"}),
        ("number_range", "NR1", "+1900", {"risks", "caller id"}),
        ("account", "AC2", None, {"account", "caller id"}),
        ("number", "PN1", OWNED, {"number", "caller id"}),
        ("number", "PN1", "+12025550177", {"caller id"}),
        ("number", "PN1", None, {"number", "caller id"}),
        ("caller_id", "PN1", OWNED, {"number", "caller id"}),
        ("carrier", "CY1", None, {"carriers"}),
        ("blocked", "BD1", "+1900", {"blocked"}),
        ("something new", "X", None, ALL),
    ],
)
def test_a_change_forgets_what_it_touches_and_nothing_else(
    kind: str, sid: str, key: str | None, gone: set[str]
) -> None:
    directory = CachedDirectory(Facts())
    fill(directory)
    directory.changed(kind, sid, key)
    assert missing(directory) == gone


def test_an_answer_that_was_under_way_during_a_change_is_used_and_not_kept() -> None:
    """It may be of before the change."""
    facts = Facts(delay_s=1.0)
    directory = CachedDirectory(facts)
    asking = directory.account(ACCOUNT.sid)
    asking.send(None)
    directory.changed("account", ACCOUNT.sid, None)
    with pytest.raises(StopIteration) as stop:
        asking.send(None)
    assert stop.value.value == ACCOUNT
    assert "account" in missing(directory)


def test_the_least_recently_used_facts_go_first() -> None:
    facts = Facts()
    directory = CachedDirectory(facts, capacity=2)
    one, two, three = (E164(f"+1202555010{digit}") for digit in "123")
    for number in (one, two, one, three):
        now(directory.number(number))
    assert len(directory.cached.numbers) == 2
    facts.asked.clear()
    now(directory.number(one))
    assert facts.asked == []
    now(directory.number(two))
    assert facts.asked == ["number"]


def test_nothing_of_one_key_answers_for_another() -> None:
    directory = CachedDirectory(Facts())
    fill(directory)
    assert now(directory.trunk_by_sid(TrunkSid("TK2"))) is None
    assert now(directory.account(AccountSid("AC2"))) is None
    assert now(directory.caller_id_status(AccountSid("AC2"), OWNED)) is CallerIdStatus.UNKNOWN
