"""The same calls through either relay engine: a thousand of them, tones both ways, hold, and what the records tell."""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.interop.baresip import Baresip, assert_talk
from tests.interop.port import PortBlock
from tests.interop.process import PeerProcess
from tests.interop.rtpengine import start_rtpengine
from tests.interop.service import OpenTrunk, Trunkline
from tests.interop.sipp import Caller, Sipp, run_sipp
from trunkline.protocol.ng.answer import Ok, call_ids, parse_result
from trunkline.protocol.ng.command import ListCalls
from trunkline.protocol.ng.datagram import body_of, command_datagram

pytestmark = [pytest.mark.interop, pytest.mark.e2e]
OURS, THEIRS = "built-in", "rtpengine"
HOST = "127.0.0.1"
CALLS = 1000
RATE = 125
_MEDIA_BLOCKS = 16
"""Of 100 ports: 125 calls/s live for 0.3 s, have two pairs each, and a pair may rest for 2 s."""
_LINES = count(1)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """A running service behind which one engine carries the media."""

    engine: str
    service: Trunkline
    ng: tuple[str, int]

    @property
    def sip(self) -> tuple[str, int]:
        return HOST, self.service.sip_port

    def assert_empty(self, seconds: float = 5) -> None:
        """The relay has let go of every session."""
        deadline = time.monotonic() + seconds
        while (left := self.sessions()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == []

    def sessions(self) -> list[str]:
        """The sessions that the relay holds now."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(5)
            asker.sendto(command_datagram(b"sessions", ListCalls(10_000)), self.ng)
            result = parse_result(body_of(asker.recv(65535), b"sessions"))
        assert isinstance(result, Ok), result
        return call_ids(result)


@pytest.fixture(scope="module", params=[OURS, THEIRS])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ports: PortBlock
) -> Iterator[Stage]:
    """One service for each engine, shared by the tests here: each has a trunk and numbers of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"TRUNKLINE_DEFAULT_CPS": "10000"}
    relay: PeerProcess | None = None
    ng: tuple[str, int] | None = None
    if request.param == THEIRS:
        relay, ng = start_rtpengine(folder, ports, blocks=_MEDIA_BLOCKS)
        settings["TRUNKLINE_RELAY"] = f"{ng[0]}:{ng[1]}"
    with Trunkline(folder, ports, settings) as service:
        names = {each["name"] for each in service.health()["processes"]}
        assert ("relay" in names) is (relay is None), "the engine asked for is not the one that runs"
        yield Stage(request.param, service, ng or (HOST, service.ng_port))
    if relay is not None:
        assert relay.stop() == 0, relay.last_words()


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one test."""

    name: str
    own: str
    far: str


@pytest.fixture
def line() -> Line:
    number = next(_LINES)
    return Line(f"engine-{number}", f"+1212555{100 + 2 * number:04d}", f"+1212555{101 + 2 * number:04d}")


def test_a_thousand_calls_with_digest_reach_the_carrier(
    stage: Stage, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Issue 2: sipp with digest, termination: 1,000 calls, none fails, one completed record each, no session left."""
    carrier = Sipp("callee_answers", tmp_path, ports.take(), listed=True)
    trunk = stage.service.open_trunk(line.name, prefix=line.far, carrier=(HOST, carrier.port), numbers=[line.own])
    caller = Caller(trunk.user, trunk.password, line.own, line.far)
    _call_a_thousand_times(stage, trunk, tmp_path, ports, "caller_digest", caller, trunk.domain, carrier)
    assert Counter((each._from, each.to, each.direction) for each in stage.service.records(to=line.far)) == {
        (line.own, line.far, "trunking-terminating"): CALLS
    }


def test_a_thousand_calls_of_the_carrier_reach_the_pbx(
    stage: Stage, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Issue 2: sipp, origination: 1,000 calls, none fails, one completed record each, no session left."""
    pbx = Sipp("pbx_answers", tmp_path, ports.take(), listed=True)
    trunk = stage.service.open_trunk(
        line.name, prefix=line.far, carrier=(HOST, ports.take()), pbx=[f"sip:{HOST}:{pbx.port}"], numbers=[line.own]
    )
    caller = Caller("", "", line.far, line.own)
    domain = f"{HOST}:{stage.service.sip_port}"
    _call_a_thousand_times(stage, trunk, tmp_path, ports, "carrier_calls", caller, domain, pbx)
    assert Counter((each._from, each.to, each.direction) for each in stage.service.records(to=line.own)) == {
        (line.far, line.own, "trunking-originating"): CALLS
    }


def test_the_customer_and_the_carrier_hear_each_other(
    stage: Stage, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Issue 2: two-way audio, termination: each tone is found by frequency in what the other side recorded."""
    far = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", answers=True, tone_hz=1000, tone_s=10)
    trunk = stage.service.open_trunk(line.name, prefix=line.far, carrier=(HOST, far.port), numbers=[line.own])
    near = Baresip(
        tmp_path, ports, user=line.own, domain=trunk.domain, proxy=stage.sip, login=(trunk.user, trunk.password),
        tone_s=10,
    )  # fmt: skip
    near.dial(line.far, trunk.domain)
    assert_talk(near, far)
    _assert_heard(stage, trunk)


def test_the_carrier_and_the_pbx_hear_each_other(stage: Stage, line: Line, tmp_path: Path, ports: PortBlock) -> None:
    """Issue 2: two-way audio, origination."""
    pbx = Baresip(tmp_path, ports, user=line.own, domain="pbx.invalid", answers=True, tone_hz=1000, tone_s=10)
    trunk = stage.service.open_trunk(
        line.name, prefix=line.far, carrier=(HOST, ports.take()), pbx=[f"sip:{HOST}:{pbx.port}"], numbers=[line.own]
    )
    carrier = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", proxy=stage.sip, tone_s=10)
    carrier.dial(line.own, f"{HOST}:{stage.service.sip_port}")
    assert_talk(carrier, pbx)
    _assert_heard(stage, trunk)


def test_a_call_on_hold_is_silent_and_goes_on_after_it(
    stage: Stage, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """RFC 3264 section 8.4 and the media row of the record: a second of talk, one on hold, one of talk.

    The carrier's phone plays a tone; the customer's sipp sends neither audio nor reports.
    """
    far = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", answers=True, tone_hz=1000, tone_s=10)
    trunk = stage.service.open_trunk(line.name, prefix=line.far, carrier=(HOST, far.port), numbers=[line.own])
    customer = run_sipp(
        "caller_holds", tmp_path, ports.take(), stage.sip, calls=1, rate=1, seconds=20,
        callers=[Caller(trunk.user, trunk.password, line.own, line.far)],
        settings={"DOMAIN": trunk.domain, "HOLD_MS": "1000"},
    )  # fmt: skip
    customer.assert_all(1)
    far.wait_for("CALL_CLOSED")
    far.stop()
    mute, played = _media(stage, trunk)
    # 50 packets a second in talk, none on hold: 100 of the 150 that a call without a hold would have.
    assert 80 <= played["packets_received"] <= 125
    assert mute["packets_sent"] == played["packets_received"]
    assert (mute["packets_received"], played["packets_sent"]) == (0, 0)
    assert _quality(mute) == (None, None, None), "there was nothing to measure"
    if stage.engine == OURS:
        assert played["packets_lost"] == 0
        assert 0 <= played["jitter_ms"] < 20
        assert played["mos"] > 4
    else:
        # `quality` in docs/relay-engines.md: nobody reported on what the phone played.
        assert _quality(played) == (None, None, None)


def _call_a_thousand_times(
    stage: Stage,
    trunk: OpenTrunk,
    folder: Path,
    ports: PortBlock,
    scenario: str,
    caller: Caller,
    domain: str,
    callee: Sipp,
) -> None:
    calling = Sipp(
        scenario, folder, ports.take(), target=stage.sip, calls=CALLS, rate=RATE, seconds=60, listed=True,
        callers=[caller], settings={"DOMAIN": domain},
    )  # fmt: skip
    sent = calling.wait(70)
    heard = callee.stop()
    sent.assert_all(CALLS)
    heard.assert_all(CALLS)
    rows = stage.service.stored_calls(trunk.sid, CALLS)
    assert Counter(row["status"] for row in rows) == {"completed": CALLS}
    assert Counter((row["released_by"], row["interrupted"], row["codec"]) for row in rows) == {
        ("caller", 0, "PCMU"): CALLS
    }
    assert _of(rows, "inbound_sip_call_id") == _answered(calling)
    assert _of(rows, "outbound_sip_call_id") == _answered(callee)
    stage.assert_empty()


def _of(rows: Sequence[Row], column: str) -> Counter[str]:
    return Counter(row[column] for row in rows)


def _answered(side: Sipp) -> Counter[str]:
    """The calls of one end that were answered and hung up, each once, however often a message was repeated."""
    seen: dict[str, set[str]] = {}
    for message in side.passed():
        seen.setdefault(message.call_id, set()).add(message.first_line.split(" ")[0])
    return Counter(call_id for call_id, words in seen.items() if {"INVITE", "ACK", "BYE"} <= words)


def _assert_heard(stage: Stage, trunk: OpenTrunk) -> None:
    """Both phones talked for two seconds: 100 packets each of 160 octets and a header, and each was sent on."""
    caller, callee = _media(stage, trunk)
    for own, other in ((caller, callee), (callee, caller)):
        assert 75 <= own["packets_received"] <= 200
        assert own["bytes_received"] == own["packets_received"] * 172
        assert own["packets_sent"] == other["packets_received"]
        assert own["codec"] == "PCMU"
        if stage.engine == OURS:
            assert own["packets_lost"] == 0
            assert own["mos"] > 4
        else:
            # `quality`: all of them where the other side reported, else none.
            assert len({figure is None for figure in _quality(own)}) == 1


def _quality(media: Row) -> tuple[Any, Any, Any]:
    return media["packets_lost"], media["jitter_ms"], media["mos"]


def _media(stage: Stage, trunk: OpenTrunk) -> tuple[Row, Row]:
    """What the one record of the trunk says of the caller's and of the callee's media."""
    rows = stage.service.stored_calls(trunk.sid, 1)
    assert [row["status"] for row in rows] == ["completed"]
    return json.loads(rows[0]["inbound_media"]), json.loads(rows[0]["outbound_media"])
