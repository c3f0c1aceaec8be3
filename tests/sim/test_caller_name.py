"""Caller names on the whole platform: row 69, read from the INVITE that leaves it and from the record."""

from dataclasses import replace

import pytest

from tests.kit.facts import PBX_ONE, TRUNK, Facts, url
from tests.kit.phone import Script
from tests.kit.platform import PLATFORM
from tests.kit.scene import Scene
from trunkline.domain.record.call_record import CallRecord
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse

US, GB = "+14165550199", "+442079460199"
SERVED = Script(hang_up_after=1.0)


class Named:
    """One call through a trunk; `service` is what the name service knows."""

    def __init__(
        self,
        caller: str,
        service: dict[str, str | None],
        script: Script = SERVED,
        *,
        lookup: bool = True,
        delay_s: float = 0.0,
    ) -> None:
        facts = Facts()
        facts.trunk = replace(TRUNK, cnam_lookup=lookup, origination_urls=(url(PBX_ONE),))
        with Scene(script, facts=facts, origination=True) as scene:
            self.service = scene.platform.name_service
            self.service.names, self.service.delay_s = service, delay_s
            scene.world.trace = []
            call = scene.alice.dial("+12025550101", caller=caller, host=PLATFORM[0])
            scene.run(10.0)
            assert call.over
            sent = [data for _, source, _, data in scene.world.trace if source == PLATFORM]
            invite = parse(next(data for data in sent if data.startswith(b"INVITE ")))
            assert isinstance(invite, Request)
            self.invite = invite
            self.record: CallRecord = scene.platform.record

    @property
    def displays(self) -> list[str]:
        """Of From, Contact and P-Asserted-Identity."""
        values = [self.invite.get(name) or "" for name in ("from", "contact", "p-asserted-identity")]
        return [value.partition("<")[0].strip() for value in values]

    @property
    def booked(self) -> tuple[str | None, int]:
        return self.record.caller_name, self.record.cnam_lookups


def test_row_69_the_name_is_in_from_contact_and_asserted_identity() -> None:
    call = Named(US, {US: "ACME CORP"})
    assert call.displays == ['"ACME CORP"'] * 3
    assert call.booked == ("ACME CORP", 1)
    assert call.service.asked == [US]


def test_row_69_a_number_without_a_name_is_charged_all_the_same() -> None:
    """And the name that the carrier gave is not shown in its place."""
    call = Named(US, {US: None})
    assert call.displays == [""] * 3
    assert call.booked == (None, 1)


def test_row_69_a_call_that_fails_later_is_charged_all_the_same() -> None:
    assert Named(US, {US: "ACME"}, Script(refuse_with=486)).booked == ("ACME", 1)


def test_row_69_a_foreign_caller_is_null_and_free() -> None:
    call = Named(GB, {GB: "ACME"})
    assert call.displays == [""] * 3
    assert (call.booked, call.service.asked) == ((None, 0), [])


def test_row_69_a_trunk_without_look_ups_shows_the_carriers_name_for_free() -> None:
    call = Named(US, {US: "ACME"}, lookup=False)
    assert call.displays == ['"Alice"'] * 3
    assert (call.booked, call.service.asked) == (("Alice", 0), [])


def test_row_69_no_answer_of_the_service_is_free_and_the_call_goes_on() -> None:
    call = Named(US, {})
    assert call.displays == [""] * 3
    assert (call.booked, call.service.asked) == ((None, 0), [US])


def test_row_69_the_caller_gives_up_while_the_name_is_looked_up() -> None:
    facts = Facts()
    facts.trunk = replace(TRUNK, cnam_lookup=True)
    with Scene(facts=facts, origination=True) as scene:
        service = scene.platform.name_service
        service.names, service.delay_s = {US: "ACME"}, 1.5
        call = scene.alice.dial("+12025550101", Script(cancel_after=0.7), caller=US, host=PLATFORM[0])
        scene.run(5.0)
        assert call.over
    record = scene.platform.record
    assert (record.cause.name, record.cnam_lookups) == ("caller_cancelled", 1)


@pytest.mark.parametrize("delay_s", [0.3, 1.5])
def test_row_69_the_call_waits_for_its_name_and_the_next_one_does_not(delay_s: float) -> None:
    facts = Facts()
    facts.trunk = replace(TRUNK, cnam_lookup=True)
    with Scene(SERVED, facts=facts, origination=True) as scene:
        service = scene.platform.name_service
        service.names, service.delay_s = {US: "ACME"}, delay_s
        for _ in range(2):
            scene.alice.dial("+12025550101", caller=US, host=PLATFORM[0])
            scene.run(10.0)
        waits = [rung.invited_at - dialled.invited_at for rung, dialled in zip(
            scene.callee.calls, scene.alice.calls, strict=True)]  # fmt: skip
        assert [round(wait, 2) for wait in waits] == [round(delay_s + 0.02, 2), 0.02]
    assert [record.cnam_lookups for record in scene.platform.records.records] == [1, 1], "each call has its look-up"


@pytest.mark.parametrize("name", ['A" <sip:x@192.0.2.66>', "A\r\nX-Evil: 1", "A\\"])
def test_row_69_a_name_writes_no_headers(name: str) -> None:
    call = Named(US, {US: name})
    assert call.invite.get("x-evil") is None
    assert call.invite.from_.uri_text.startswith(f"sip:{US}@")
    assert call.invite.contact is not None
    assert call.invite.contact.uri.host == PLATFORM[0]
