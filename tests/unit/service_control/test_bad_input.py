"""Bad input and concurrent edits: the documented error, never a 5xx, nothing half-written, no edit lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.contract.rest_service import Service
from tests.unit.service_control.asking import LISTS, NUMBERS, ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, TOKENS, House
from trunkline.service.control.api.border import LARGEST_BODY
from trunkline.service.control.provisioning.account.phone_number import stock_numbers

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEN_MB = 10_000_000


def test_ten_megabytes_are_refused_after_the_limit_and_nothing_is_written(tmp_path: Path) -> None:
    """Over a socket: the server answers while the body is still coming, and serves on."""
    with Service(tmp_path) as service, httpx2.Client(base_url=service.base, auth=(FIRST, TOKENS[FIRST])) as client:
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"):
            body = b"FriendlyName=" + b"x" * TEN_MB
            try:
                answer = client.post(TRUNKS, content=body, headers={"Content-Type": kind})
            except httpx2.WriteError:
                continue  # the connection was closed on the rest of a body that nobody will read
            # JSON is no form: what is not read is not refused, and nothing of it counts.
            assert answer.status_code == (201 if kind == "application/json" else 413), answer.text
        assert [row["friendly_name"] for row in client.get(TRUNKS).json()["trunks"] if row["friendly_name"]] == []


async def test_a_thousand_parameters_are_read_and_one_more_is_refused(house: House) -> None:
    async with house.client() as client:
        many = "&".join(f"Unknown{place}=1" for place in range(999))
        answer = await client.post(TRUNKS, content=f"{many}&FriendlyName=last".encode(), headers=FORM)
        assert (answer.status_code, answer.json()["friendly_name"]) == (201, "last")
        answer = await client.post(TRUNKS, content=f"{many}&FriendlyName=last&One=more".encode(), headers=FORM)
        assert_refused(answer, 20001)
        answer = await client.get(f"{TRUNKS}?{many}&PageSize=1")
        assert answer.status_code == 200
        assert len((await get(client, TRUNKS))["trunks"]) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp037"])
async def test_a_body_in_another_encoding_is_an_error_or_its_own_text(house: House, encoding: str) -> None:
    body = "FriendlyName=Zürich&Secure=true".encode(encoding)
    async with house.client() as client:
        answer = await client.post(TRUNKS, content=body, headers=FORM)
        assert answer.status_code in (201, 400), answer.text
        for trunk in (await get(client, TRUNKS))["trunks"]:
            assert trunk["friendly_name"] in (None, "Zürich")


async def test_twenty_edits_of_different_fields_at_once_lose_nothing(any_house: House) -> None:
    """Issue of the control plane, bad input: each names one field and finds the others as they were left."""
    edits: list[dict[str, Any]] = [
        {"FriendlyName": "Office"},
        {"DomainName": "edited.pstn.trunkline.localhost"},
        {"DisasterRecoveryUrl": "https://dr.example/voice"},
        {"DisasterRecoveryMethod": "GET"},
        {"TransferMode": "sip-only"},
        {"Secure": "true"},
        {"CnamLookupEnabled": "true"},
        {"TransferCallerId": "from-transferor"},
        {"SymmetricRtpEnabled": "true"},
        {},
    ]
    async with any_house.client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS))['sid']}"
        sent = [client.post(path, data=edit) for edit in edits]
        sent += [client.post(f"{path}/Recording", data={"Mode": "record-from-answer"}) for _ in range(5)]
        sent += [client.post(f"{path}/Recording", data={"Trim": "trim-silence"}) for _ in range(5)]
        answers = await asyncio.gather(*sent)
        assert [answer.status_code for answer in answers] == [200] * 20
        trunk = await get(client, path)
    for edit in edits:
        for name, value in edit.items():
            key = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
            assert str(trunk[key]).lower() == str(value).lower()
    assert trunk["recording"] == {"mode": "record-from-answer", "trim": "trim-silence"}


async def test_of_posts_sent_twice_at_once_one_is_taken_where_only_one_can_be(any_house: House) -> None:
    """A domain, a number, a user name and an association are one's alone, however the requests fall."""
    await stock_numbers(any_house.bench, ["+12025550100"], "US", "local")
    async with any_house.client() as client:
        users = (await post(client, f"{LISTS}.json", FriendlyName="u"))["sid"]
        trunk = (await post(client, TRUNKS))["sid"]
        for path, form, code in (
            (TRUNKS, {"DomainName": "twice.pstn.trunkline.localhost"}, 21248),
            (f"{NUMBERS}.json", {"PhoneNumber": "+12025550100"}, 21422),
            (f"{LISTS}/{users}/Credentials.json", {"Username": "pbx", "Password": "Correct-Horse-1"}, 21240),
            (f"{TRUNKS}/{trunk}/CredentialLists", {"CredentialListSid": users}, 21245),
        ):
            answers = await asyncio.gather(*(client.post(path, data=form) for _ in range(4)))
            assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400], path
            for answer in answers:
                if answer.status_code == 400:
                    assert_refused(answer, code)
        assert len((await get(client, f"{ROOT}/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]) == 1


async def test_a_body_that_breaks_off_writes_nothing(house: House) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"FriendlyName=half"
        yield b"x" * LARGEST_BODY

    async with house.client() as client:
        assert_refused(await client.post(TRUNKS, content=breaking(), headers=FORM), 20001, 413)
        assert (await get(client, TRUNKS))["trunks"] == []
