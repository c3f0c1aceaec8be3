"""Kamailio as the customer's SBC in front of sipp: its Record-Route is obeyed by the requests of both sides.

The SBC is the only one that the trunk knows by address; behind it sipp has a port that a request of ours, sent past the
route set, would reach as well: what arrives is looked at for the SBC's Via.
"""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.interop.kamailio import Kamailio
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline
from tests.interop.sipp import Caller, Sipp, Transport, run_sipp

pytestmark = [pytest.mark.interop, pytest.mark.e2e]
HOST = "127.0.0.1"
CALLS = 10
_AREA = count(601)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, ports: PortBlock) -> Iterator[Trunkline]:
    with Trunkline(tmp_path_factory.mktemp("sbc"), ports) as running:
        yield running


def _came_by(log: str, method: str, port: int) -> int:
    """In how many calls a request of that method arrived with the SBC's Via on top."""
    received = re.findall(r"message received \[\d+\] bytes :\n\n(.*?)(?=\n-{20}|\Z)", log.replace("\r", ""), re.DOTALL)
    top = re.compile(rf"{method} \S+ SIP/2\.0\nVia: SIP/2\.0/\w+ {re.escape(HOST)}:{port};")
    named = (re.search(r"^Call-ID: (\S+)", message, re.MULTILINE) for message in received if top.match(message))
    return len({found[1] for found in named if found})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("near", "far"), [("caller_digest", "callee_answers"), ("caller_hung_up", "callee_hangs_up")])
def test_rows_23_42_a_pbx_calls_through_its_sbc(
    service: Trunkline, tmp_path: Path, ports: PortBlock, near: str, far: str, transport: Transport
) -> None:
    """Digest end to end through the SBC; the far side's BYE takes the way that the Record-Route says."""
    area = next(_AREA)
    own, called = f"+1{area}5550101", f"+1{area}5550102"
    carrier = Sipp(far, tmp_path, ports.take(), settings={"HOLD_MS": "100"})
    trunk = service.open_trunk(f"sbc-{area}", prefix=called, carrier=(HOST, carrier.port), numbers=[own])
    sbc = Kamailio(tmp_path, ports.take(), (HOST, service.sip_port), next_transport=transport, tcp=transport == "tcp")
    customer = Sipp(
        near, tmp_path, ports.take(), target=(HOST, sbc.port), calls=CALLS, rate=20, seconds=20, transport=transport,
        callers=[Caller(trunk.user, trunk.password, own, called)], settings={"DOMAIN": trunk.domain}, trace=True,
    )  # fmt: skip
    customer.wait().assert_all(CALLS)
    carrier.stop().assert_all(CALLS)
    assert sbc.stop() == 0
    hung_up_on = CALLS if far == "callee_hangs_up" else 0
    assert _came_by(customer.messages(), "BYE", sbc.port) == hung_up_on
    records = service.wait_for_records(CALLS, to=called)
    assert {(each.status, each._from) for each in records} == {("completed", own)}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_rows_46_61_the_carrier_calls_a_pbx_behind_its_sbc(
    service: Trunkline, tmp_path: Path, ports: PortBlock, transport: Transport
) -> None:
    """The origination URI names the SBC; ACK and BYE of ours go by it too."""
    area = next(_AREA)
    own, caller = f"+1{area}5550101", f"+1{area}5550102"
    pbx = Sipp("pbx_answers", tmp_path, ports.take(), transport=transport, trace=True)
    sbc = Kamailio(tmp_path, ports.take(), (HOST, pbx.port), next_transport=transport, tcp=transport == "tcp")
    uri = f"sip:{HOST}:{sbc.port};transport={transport}"
    service.open_trunk(f"sbc-{area}", prefix=caller, carrier=(HOST, ports.take()), pbx=[uri], numbers=[own])
    gateway = f"{HOST}:{service.sip_port}"
    carrier = run_sipp(
        "carrier_calls", tmp_path, ports.take(), (HOST, service.sip_port), calls=CALLS, rate=20, seconds=20,
        callers=[Caller("", "", caller, own)], settings={"DOMAIN": gateway},
    )  # fmt: skip
    carrier.assert_all(CALLS)
    pbx.stop().assert_all(CALLS)
    assert sbc.stop() == 0
    assert {each.status for each in service.wait_for_records(CALLS, to=own)} == {"completed"}
    messages = pbx.messages()
    assert [_came_by(messages, method, sbc.port) for method in ("ACK", "BYE")] == [CALLS, CALLS]
