"""Calls that leave by another edge: features row 49, sip.md 4.1, on two and three gateways of one platform."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import pytest

from tests.kit.facts import CARRIER_ONE, OWNED, PBX_ONE, PBX_THREE, PBX_TWO, Facts, url
from tests.kit.ids import CountingIds
from tests.kit.phone import Phone, PhoneCall, Script
from tests.kit.platform import PLATFORM, Platform
from tests.kit.port import MemoryJournal
from tests.kit.wire import Address
from tests.kit.world import World
from trunkline.domain.call.command import Side
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.edge.edges import EdgeGateway, Edges
from trunkline.domain.trunk.edge.hop import HOP_KEY
from trunkline.kit.ids import CallSid
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.recovery import Recovery, TakenBack

DUBLIN, DUBLIN_TWO = ("192.0.2.2", 5060), ("192.0.2.3", 5060)
GATEWAYS = (
    EdgeGateway("ashburn", *PLATFORM),
    EdgeGateway("dublin", *DUBLIN),
)
TALKS = Script(hang_up_after=2.0)


class Edge2Edge:
    """Carrier at ashburn, PBXs asked for from `extra`; leaving asserts that everybody is quiet."""

    def __init__(
        self,
        *scripts: Script,
        extra: tuple[str, ...] = (";edge=dublin",) * 3,
        two: bool = False,
        facts: Facts | None = None,
        max_calls: int = 10_000,
    ) -> None:
        self.world = World()
        self.world.trace = []
        gateways = (*GATEWAYS, EdgeGateway("dublin", *DUBLIN_TWO)) if two else GATEWAYS
        self._gateways = gateways
        urls = [
            url(address, at, extra=text)
            for at, (address, text) in enumerate(zip((PBX_ONE, PBX_TWO, PBX_THREE), extra, strict=False), 1)
        ]
        self.facts = (facts or Facts()).with_urls(*urls)
        self.ashburn = Platform(self.world, self.facts, edges=Edges("ashburn", gateways))
        self.dublin = self.gateway(DUBLIN, max_calls=max_calls)
        self.dublin_two = self.gateway(DUBLIN_TWO, "r") if two else None
        self.carrier = Phone(self.world, CARRIER_ONE, "a")
        given = [*scripts, *[Script()] * 3]
        self.pbxs = [
            Phone(self.world, address, f"b{at}", script, at)
            for at, (address, script) in enumerate(zip((PBX_ONE, PBX_TWO, PBX_THREE), given, strict=False))
        ]

    def gateway(self, address: Address, ids: str = "q", **options: Any) -> Platform:
        edges = Edges("dublin", self._gateways)
        neighbours = frozenset({PLATFORM[0]})
        return Platform(
            self.world, Facts(), address=address, edges=edges, ids=CountingIds(ids), neighbours=neighbours, **options
        )

    def dial(self, script: Script | None = None) -> PhoneCall:
        return self.carrier.dial(OWNED, script, caller="+442079460199", host=PLATFORM[0])

    def invites_to(self, address: Address) -> list[tuple[Address, Request]]:
        """Every INVITE to an address and who sent it, repetitions aside."""
        assert self.world.trace is not None
        sent = [
            (source, data) for _, source, to, data in self.world.trace if to == address and data.startswith(b"INVITE ")
        ]
        parsed = [(source, parse(data)) for source, data in dict.fromkeys(sent)]
        return [(source, message) for source, message in parsed if isinstance(message, Request)]

    @property
    def platforms(self) -> list[Platform]:
        return [one for one in (self.ashburn, self.dublin, self.dublin_two) if one is not None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self.world.settle()
            for platform in self.platforms:
                platform.assert_quiet()
            for phone in (self.carrier, *self.pbxs):
                phone.assert_quiet()
            for one in self.platforms[1:]:
                assert (one.records.records, one.records.alerts, one.media.asked) == ([], [], [])


@pytest.mark.parametrize("extra", [";edge=dublin", ";region=ie1", ";EDGE=Dublin"])
def test_row_49_the_call_leaves_by_a_gateway_of_the_edge_named(extra: str) -> None:
    with Edge2Edge(TALKS, extra=(extra,)) as stage:
        call = stage.dial()
    assert (call.end, stage.pbxs[0].call_made.end) == ("bye received", "bye sent")
    ((source, invite),) = stage.invites_to(PBX_ONE)
    assert source == DUBLIN
    assert (invite.via.host, invite.via.port) == DUBLIN
    assert invite.contact is not None
    assert (invite.contact.uri.host, invite.contact.uri.user) == (DUBLIN[0], "+442079460199")
    record = stage.ashburn.record
    assert (record.direction, record.cause.name) == (Direction.ORIGINATING, "callee_hung_up")
    assert [attempt.address for attempt in record.attempts] == [f"tcp:{DUBLIN[0]}:{DUBLIN[1]}"]
    assert record.attempts[0].target_uri == f"sip:{OWNED}@{PBX_ONE[0]}:{PBX_ONE[1]}"


@pytest.mark.parametrize("extra", ["", ";edge=nowhere", ";edge=roaming", ";edge=tokyo", ";edge=ashburn", ";region=us1"])
def test_row_49_an_edge_that_is_missing_wrong_or_our_own_is_where_the_call_came_in(extra: str) -> None:
    with Edge2Edge(TALKS, extra=(extra,)) as stage:
        stage.dial()
    ((source, invite),) = stage.invites_to(PBX_ONE)
    assert (source, invite.via.host) == (PLATFORM, PLATFORM[0])
    assert stage.invites_to(DUBLIN) == []


def test_the_customer_sees_what_it_would_see_from_the_first_gateway_and_no_seal() -> None:
    with Edge2Edge(TALKS, extra=(";edge=dublin?X-Mine=yes",)) as away:
        away.dial()
    with Edge2Edge(TALKS, extra=("?X-Mine=yes",)) as direct:
        direct.dial()
    ((_, hopped),) = away.invites_to(PBX_ONE)
    ((_, plain),) = direct.invites_to(PBX_ONE)
    of_a_leg = {"via", "from", "call-id", "contact"}
    both = [[header for header in one.headers if header[0] not in of_a_leg] for one in (hopped, plain)]
    assert sorted(both[0]) == sorted(both[1])
    assert hopped.uri_text == plain.uri_text
    assert str(hopped.from_).partition(";tag=")[0] == str(plain.from_).partition(";tag=")[0]
    assert hopped.body == plain.body
    assert ("x-mine", "X-Mine", "yes") in hopped.headers
    assert away.world.trace is not None
    to_customer = [data for _, source, to, data in away.world.trace if to == PBX_ONE and source == DUBLIN]
    assert not [data for data in to_customer if b"hop" in data.lower()]
    ((_, between),) = away.invites_to(DUBLIN)
    assert between.get(HOP_KEY) is not None
    ack = next(data for data in to_customer if data.startswith(b"ACK "))
    assert b"X-Twilio-CallSid: " in ack


@pytest.mark.parametrize("name", ["A <li>ce", "A;tag=1, <x", "José"])
def test_row_69_a_name_of_any_characters_goes_by_the_other_edge(name: str) -> None:
    """Rows 49, 69: what the carrier says of its caller is no reason to take the hop's seal for a wrong one."""
    with Edge2Edge(TALKS) as stage:
        stage.carrier.gate = lambda data: data.replace(b'"Alice"', f'"{name}"'.encode())
        stage.dial()
    ((_, invite),) = stage.invites_to(PBX_ONE)
    assert invite.contact is not None
    assert (invite.from_.name, invite.contact.name) == (name, name)


def test_audio_is_anchored_where_the_call_came_in_and_nowhere_else() -> None:
    with Edge2Edge(TALKS) as stage:
        call = stage.dial()
        stage.world.run(1.0)
        assert b"c=IN IP4 " in call.sdp
    assert [verb for verb, *_ in stage.ashburn.media.asked] == ["offer", "answer", "drop"]
    assert stage.dublin.media.asked == []


@pytest.mark.parametrize("status", [486, 404, 603])
def test_row_56_a_stop_code_stops_from_another_edge_too(status: int) -> None:
    with Edge2Edge(Script(refuse_with=status)) as stage:
        call = stage.dial()
    assert call.end == str(status)
    assert [phone.calls for phone in stage.pbxs[1:]] == [[], []]
    assert [attempt.status for attempt in stage.ashburn.record.attempts] == [status]


@pytest.mark.parametrize(("status", "told"), [(403, 403), (480, 480), (500, 500), (503, 500), (401, 401), (407, 407)])
def test_row_58_any_other_failure_goes_on_to_the_next_uri_and_to_no_other_gateway(status: int, told: int) -> None:
    with Edge2Edge(Script(refuse_with=status), TALKS, two=True) as stage:
        call = stage.dial()
    assert call.end == "bye received"
    assert len(stage.pbxs[0].calls) == 1
    assert [attempt.status for attempt in stage.ashburn.record.attempts] == [told, 200]
    assert [alert.code for alert in stage.ashburn.records.alerts] == [32011]


def test_row_57_a_silent_customer_is_left_after_four_seconds() -> None:
    with Edge2Edge(Script(), TALKS) as stage:
        stage.pbxs[0].deaf = True
        stage.dial()
    assert stage.world.trace is not None
    first, second = (
        next(at for at, _, to, data in stage.world.trace if to == address and data.startswith(b"INVITE "))
        for address in (PBX_ONE, PBX_TWO)
    )
    assert second - first == pytest.approx(4.0, abs=0.2)
    assert [attempt.status for attempt in stage.ashburn.record.attempts] == [408, 200]


def test_every_address_of_the_customers_name_is_tried_at_the_other_edge() -> None:
    with Edge2Edge(Script(), TALKS) as stage:
        pbx_name = replace(url(PBX_ONE, 1), uri="sip:pbx.example.com;edge=dublin")
        stage.facts.with_urls(pbx_name)
        stage.dublin.locator.names["pbx.example.com"] = [Flow("UDP", *PBX_ONE), Flow("UDP", *PBX_TWO)]
        stage.pbxs[0].deaf = True
        call = stage.dial()
    assert call.end == "bye received"
    assert [source for source, _ in stage.invites_to(PBX_TWO)] == [DUBLIN]


def test_a_name_that_leads_nowhere_goes_on_to_the_next_uri() -> None:
    with Edge2Edge(Script(), TALKS) as stage:
        nowhere = replace(url(PBX_ONE, 1), uri="sip:nowhere.example.com;edge=dublin")
        stage.facts.with_urls(nowhere, url(PBX_TWO, 2, extra=";edge=dublin"))
        stage.dial()
    assert [attempt.status for attempt in stage.ashburn.record.attempts] == [500, 200]


@pytest.mark.parametrize("way", ["dead", "deaf", "draining", "full"])
def test_a_gateway_of_the_edge_that_does_not_serve_is_passed_over(way: str) -> None:
    """Next address of the edge, then the next URI."""
    with Edge2Edge(TALKS, TALKS, TALKS, two=True) as stage:
        _put_out(stage, stage.dublin, way)
        calls = [stage.dial() for _ in range(4)]
        stage.world.run(20.0)
    assert [call.end for call in calls] == ["bye received"] * 4
    assert {source for source, _ in stage.invites_to(PBX_ONE)} == {DUBLIN_TWO}
    assert stage.invites_to(PBX_TWO) == []
    assert len(stage.pbxs[0].calls) == 4


@pytest.mark.parametrize("way", ["dead", "deaf", "draining"])
def test_an_edge_that_is_wholly_down_costs_its_uri_and_no_more(way: str) -> None:
    with Edge2Edge(TALKS, TALKS, extra=(";edge=dublin", "")) as stage:
        _put_out(stage, stage.dublin, way)
        call = stage.dial()
    assert call.end == "bye received"
    assert stage.invites_to(PBX_ONE) == []
    assert [source for source, _ in stage.invites_to(PBX_TWO)] == [PLATFORM]


class _Deaf:
    """A host that hangs."""

    def receive(self, data: bytes, flow: Flow) -> None: ...

    def transport_failed(self, flow: Flow, error: str) -> None: ...

    def advance(self) -> None: ...

    def next_deadline(self) -> None: ...


def _put_out(stage: Edge2Edge, platform: Platform, way: str) -> None:
    if way == "dead":
        stage.world.detach(platform.address)
    elif way == "deaf":
        stage.world.attach(platform.address, _Deaf())
    elif way == "draining":
        platform.switch._reception.drain()
    else:
        object.__setattr__(platform.settings, "max_calls", 0)
        platform.calls._ongoing[CallSid("other")] = platform.facts.account_facts.sid
        stage.world.after(300.0, platform.calls._ongoing.clear)


@pytest.mark.parametrize("after", [0.05, 0.3, 0.52])
def test_the_callers_cancel_reaches_the_customer_through_the_hop(after: float) -> None:
    with Edge2Edge(Script(answer_after=5.0, ring_after=0.1)) as stage:
        call = stage.dial(Script(cancel_after=after))
    assert call.end == "cancel sent"
    assert stage.pbxs[0].call_made.end in {"cancelled", "answered too late"}
    assert stage.ashburn.record.cause.name == "caller_cancelled"


def test_hanging_up_and_holding_go_through_the_hop() -> None:
    with Edge2Edge(Script()) as stage:
        call = stage.dial(Script(hang_up_after=3.0, reinvite_after=1.0))
        stage.world.run(2.0)
        assert (call.reinvites, stage.pbxs[0].call_made.reinvited) == ([200], 1)
        assert stage.pbxs[0].reinvite(stage.pbxs[0].call_made)
    assert stage.pbxs[0].call_made.reinvites == [200]
    assert stage.pbxs[0].call_made.end == "bye received"


def test_early_media_passes_the_hop() -> None:
    with Edge2Edge(Script(early_media=True, hang_up_after=1.0)) as stage:
        call = stage.dial()
    assert call.statuses[:3] == [100, 183, 200]


@pytest.mark.parametrize("killed", [False, True])
def test_the_first_gateways_clock_ends_a_call_that_lasts_too_long(killed: bool) -> None:
    with Edge2Edge(Script()) as stage:
        for platform in stage.platforms:
            object.__setattr__(platform.settings, "max_duration_s", 20.0)
        call = stage.dial()
        stage.world.run(2.0)
        if killed:
            _restart(stage, stage.dublin)
    assert {call.end, stage.pbxs[0].call_made.end} == {"bye received"}
    assert stage.ashburn.record.cause.name == "max_duration"


def _point(phone: Phone, contact: str) -> None:
    def gate(data: bytes) -> bytes:
        if not data.startswith(b"SIP/2.0 302 "):
            return data
        status_line, rest = data.split(b"\r\n", 1)
        return status_line + f"\r\nContact: {contact}\r\n".encode() + rest

    phone.gate = gate


def test_row_67_a_redirect_leaves_by_the_edge_that_the_call_left_by() -> None:
    with Edge2Edge(Script(refuse_with=302), extra=(";edge=dublin",)) as stage:
        stage.pbxs[2].script = TALKS
        _point(stage.pbxs[0], f"<sip:desk@{PBX_THREE[0]}:{PBX_THREE[1]};edge=tokyo>")
        call = stage.dial()
    assert call.end == "bye received"
    assert [source for source, _ in stage.invites_to(PBX_THREE)] == [DUBLIN]
    assert [attempt.status for attempt in stage.ashburn.record.attempts] == [302, 200]


def test_row_66_a_redirect_to_a_name_at_a_private_address_is_not_called_from_another_edge_either() -> None:
    with Edge2Edge(Script(refuse_with=302), extra=(";edge=dublin",)) as stage:
        stage.dublin.locator.names["inside.example.com"] = [Flow("UDP", "10.0.0.1", 5060)]
        _point(stage.pbxs[0], "<sip:desk@inside.example.com>")
        call = stage.dial()
    assert call.end == "500"
    assert stage.invites_to(("10.0.0.1", 5060)) == []


# ---- the seal


def test_the_customers_alert_shows_the_invite_without_the_seal() -> None:
    with Edge2Edge(Script(refuse_with=500), TALKS) as stage:
        stage.dial()
    (alert,) = stage.ashburn.records.alerts
    assert alert.code == 32011
    assert (alert.request_text or "").startswith(f"INVITE sip:{OWNED}@{PBX_ONE[0]}")
    assert "hop" not in (alert.request_text or "").lower()


THIEF = ("198.51.100.66", 5060)


def _changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The same length, so that the message stays whole."""
    assert len(old) == len(new)

    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new)

    return change


def _told_the_thief(stage: Edge2Edge, forge: Callable[[bytes], bytes], wait_s: float = 1.0) -> list[bytes]:
    """What comes back when somebody keeps a hop from arriving, changes it, and sends it himself."""
    Phone(stage.world, THIEF, "thief").deaf = True
    stage.world.detach(DUBLIN)
    stage.dial()
    stage.world.run(wait_s)
    stage.world.attach(DUBLIN, stage.dublin)
    assert stage.world.trace is not None
    stolen = next(data for _, _, to, data in stage.world.trace if to == DUBLIN and data.startswith(b"INVITE "))
    forged = forge(stolen)
    assert len(forged) == len(stolen)
    stage.world.transmit(THIEF, Flow("UDP", *DUBLIN), forged)
    stage.world.run(5.0)
    return [data for _, _, to, data in stage.world.trace if to == THIEF]


def test_a_hop_that_somebody_else_delivers_unchanged_is_the_hop() -> None:
    """What the next test's refusals are refusals of."""
    with Edge2Edge(Script(refuse_with=486)) as stage:
        assert b"SIP/2.0 100 " in _told_the_thief(stage, lambda data: data)[0]
    assert [source for source, _ in stage.invites_to(PBX_ONE)] == [DUBLIN]


@pytest.mark.parametrize(
    ("forge", "wait_s"),
    [
        (lambda data: data, 60.0),  # too late
        (_changed(b";r=0;v=", b";r=1;v="), 1.0),
        (_changed(b";n=0", b";n=1"), 1.0),
        (_changed(b"v=0\r\n", b"v=1\r\n"), 1.0),
        (_changed(b"<sip:+442079460199@acme", b"<sip:+442079460198@acme"), 1.0),
        (_changed(b"<sip:+442079460199@192.0.2.1:", b"<sip:+442079460198@192.0.2.1:"), 1.0),
        (_changed(b"X-Twilio-CallSid: CA0", b"X-Twilio-CallSid: CA1"), 1.0),
        (_changed(f"@{PBX_ONE[0]}".encode(), f"@{PBX_TWO[0]}".encode()), 1.0),
        (_changed(b"X-Twilio-AccountSid", b"X-Twilio-accountSig"), 1.0),
        (_changed(b"X-Trunkline-Hop: ", b"X-Trunkline-Hip: "), 1.0),
    ],
)
def test_a_hop_that_is_changed_or_late_gets_no_answer(forge: Callable[[bytes], bytes], wait_s: float) -> None:
    with Edge2Edge(TALKS, extra=(";edge=dublin",)) as stage:
        assert _told_the_thief(stage, forge, wait_s) == []
    assert stage.invites_to(PBX_ONE) == []
    assert stage.invites_to(PBX_TWO) == []


def test_a_hop_that_is_repeated_under_other_names_gets_no_answer() -> None:
    def renamed(data: bytes) -> bytes:
        data = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bK-again").replace(b"Call-ID: ", b"Call-ID: again")
        return data.replace(b";tag=", b";tag=again")

    with Edge2Edge(TALKS) as stage:
        stage.dial()
        stage.world.run(1.0)
        assert stage.world.trace is not None
        seen = next(data for _, _, to, data in stage.world.trace if to == DUBLIN and data.startswith(b"INVITE "))
        stage.world.transmit(THIEF, Flow("UDP", *DUBLIN), renamed(seen))
        stage.world.run(5.0)
        assert not [data for _, _, to, data in stage.world.trace if to == THIEF]
    assert len(stage.invites_to(PBX_ONE)) == 1


def test_another_gateways_address_in_forged_packets_does_not_shut_it_out() -> None:
    with Edge2Edge(TALKS) as stage:
        liar = Phone(stage.world, PLATFORM, "liar")
        stage.world.attach(PLATFORM, stage.ashburn)
        for at in range(30):
            invite = (
                f"INVITE sip:x@nowhere.example.com SIP/2.0\r\nVia: SIP/2.0/UDP {PLATFORM[0]};branch=z9hG4bKx{at}\r\n"
                f"From: <sip:x@example.com>;tag={at}\r\nTo: <sip:x@example.com>\r\nCall-ID: x{at}\r\n"
                "CSeq: 1 INVITE\r\nContact: <sip:x@example.com>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )
            stage.world.transmit(liar.address, Flow("UDP", *DUBLIN), invite.encode())
        stage.world.run(1.0)
        call = stage.dial()
    assert call.end == "bye received"
    assert [source for source, _ in stage.invites_to(PBX_ONE)] == [DUBLIN]


def test_a_seal_for_one_gateway_opens_no_other() -> None:
    with Edge2Edge(TALKS, two=True) as stage:
        stage.dial()
        stage.world.run(0.3)
        taken = next(to for to in (DUBLIN, DUBLIN_TWO) if stage.invites_to(to))
        other = DUBLIN_TWO if taken == DUBLIN else DUBLIN
        assert stage.world.trace is not None
        data = next(data for _, _, to, data in stage.world.trace if to == taken and data.startswith(b"INVITE "))
        stage.world.transmit(("198.51.100.66", 5060), Flow("UDP", *other), data)
        stage.world.run(1.0)
    assert {source for source, _ in stage.invites_to(PBX_ONE)} == {taken}


def test_a_customers_own_header_of_that_name_is_no_seal() -> None:
    with Edge2Edge(TALKS, extra=(";edge=dublin?X-Trunkline-Hop=t%3D1",)) as stage:
        call = stage.dial()
    assert call.end == "bye received"
    ((_, invite),) = stage.invites_to(PBX_ONE)
    assert invite.get(HOP_KEY) is None


# ---- kill -9


def _restart(stage: Edge2Edge, old: Platform) -> TakenBack:
    """The gateway dies and is back at once, with its journal and nothing else."""
    kept: dict[CallSid, list[tuple[str, dict[str, Any]]]] = {}
    for sid, kind, fields in old.journal.entries:
        if sid in old.journal.open:
            kept.setdefault(sid, []).append((kind, fields))
    old._pumping = True
    for one, other in list(stage.world._streams):
        if one == old.address:
            stage.world.break_stream(one, other)
    journal = MemoryJournal()
    journal.open = set(kept)
    if old is stage.ashburn:
        edges = Edges("ashburn", GATEWAYS)
        stage.ashburn = fresh = Platform(
            stage.world, stage.facts, edges=edges, ids=CountingIds("p2"), media=old.media, journal=journal,
            records=old.records,
        )  # fmt: skip
    else:
        stage.dublin = fresh = stage.gateway(old.address, ids="q2", journal=journal)
    object.__setattr__(fresh.settings, "max_duration_s", old.settings.max_duration_s)
    recovery = Recovery(fresh.ua, fresh.calls, fresh.executor, _Places(), journal, fresh.settings)
    found = recovery.take_back(kept, stage.world.now)
    while recovery.probe(stage.world.now):
        pass
    fresh.pump()
    return found


class _Places:
    def adopt(self, key: str, place: str) -> None:
        assert (place == "") is key.startswith("hop-")


@pytest.mark.parametrize("which", ["ashburn", "dublin"])
@pytest.mark.parametrize("side", list(Side))
def test_a_call_goes_on_when_one_of_its_gateways_is_killed(side: Side, which: str) -> None:
    with Edge2Edge(Script()) as stage:
        call = stage.dial()
        stage.world.run(2.0)
        assert _restart(stage, getattr(stage, which)).resumed == 1
        stage.world.run(6.0)
        far = stage.pbxs[0].call_made
        assert (call.over, far.over) == (False, False)
        assert stage.carrier.reinvite(call)
        stage.world.run(1.0)
        assert (call.reinvites, far.reinvited) == ([200], 1)
        if side is Side.INBOUND:
            stage.carrier.hang_up(call)
        else:
            stage.pbxs[0].hang_up(far)
    assert {call.end, far.end} == {"bye sent", "bye received"}
    assert not stage.ashburn.record.interrupted


@pytest.mark.parametrize(("ring_after", "end"), [(None, "bye received"), (0.1, "503")])
def test_a_call_on_its_way_is_taken_elsewhere_when_the_gateway_is_killed_unless_it_rang(
    ring_after: float | None, end: str
) -> None:
    with Edge2Edge(Script(answer_after=5.0, ring_after=ring_after), TALKS) as stage:
        call = stage.dial()
        stage.world.run(1.0)
        assert _restart(stage, stage.dublin).interrupted == 1
        stage.world.run(5.0)
        assert stage.pbxs[0].call_made.end == "cancelled"
    assert call.end == end
    assert stage.ashburn.record.attempts[0].status == 503
