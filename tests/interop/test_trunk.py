"""A trunk on the wire: real peers call through the running service both ways, and its records say what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.interop.baresip import Baresip, assert_talk
from tests.interop.port import PortBlock
from tests.interop.service import OpenTrunk, Trunkline
from tests.interop.sipp import Caller, Sipp, Statistics, Transport, run_sipp
from trunkline.platform.sipnet.authority import new_authority, rsa_key

pytestmark = [pytest.mark.interop, pytest.mark.e2e]
CALLS = 10
_AREA = count(201)


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one test, its own among all that share the service."""

    area: int
    own: str
    far: str
    foreign: str

    @property
    def name(self) -> str:
        return f"wire-{self.area}"


@pytest.fixture
def line() -> Line:
    area = next(_AREA)
    return Line(area, f"+1{area}5550101", f"+1{area}5550102", f"+1{area}5550177")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, ports: PortBlock) -> Iterator[Trunkline]:
    """One service for all tests here, each with a trunk, numbers and a carrier's prefix of its own."""
    with Trunkline(tmp_path_factory.mktemp("trunkline"), ports) as service:
        yield service


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_customer_with_digest_reaches_the_carrier(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock, transport: Transport
) -> None:
    """Rows 17, 23, 46: challenged, answered, anchored, hung up, and one completed record for each call."""
    carrier = Sipp("callee_answers", tmp_path, ports.take())
    trunk = shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", carrier.port), numbers=[line.own])
    customer = _terminate(shared, line, trunk, tmp_path, ports, "caller_digest", transport=transport)
    heard = carrier.stop()
    customer.assert_all(CALLS)
    heard.assert_all(CALLS)
    records = shared.wait_for_records(CALLS, to=line.far)
    assert [(each.status, each.to, each._from) for each in records] == [("completed", line.far, line.own)] * CALLS


ENDINGS = [
    ("caller_refused", {"STATUS": "486"}, "callee_refuses", {"STATUS_LINE": "486 Busy Here"}, "busy"),
    ("caller_refused", {"STATUS": "404"}, "callee_refuses", {"STATUS_LINE": "404 Not Found"}, "failed"),
    ("caller_cancels", {}, "callee_rings", {}, "canceled"),
    ("caller_hung_up", {}, "callee_hangs_up", {}, "completed"),
    ("caller_holds", {}, None, {}, "completed"),
]


@pytest.mark.parametrize(("near", "near_settings", "far", "far_settings", "status"), ENDINGS)
def test_every_ending_reaches_both_sides_and_the_record(
    shared: Trunkline,
    line: Line,
    tmp_path: Path,
    ports: PortBlock,
    near: str,
    near_settings: dict[str, str],
    far: str | None,
    far_settings: dict[str, str],
    status: str,
) -> None:
    """Refusal, CANCEL, far hang-up and hold, each by the far side's own word."""
    far_port, calls = ports.take(), CALLS if far else 1
    carrier: Any = (
        Sipp(far, tmp_path, far_port, settings={"HOLD_MS": "100", **far_settings})
        if far
        else Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", answers=True)
    )
    trunk = shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", carrier.port), numbers=[line.own])
    customer = _terminate(shared, line, trunk, tmp_path, ports, near, calls=calls, settings=near_settings)
    heard = carrier.stop()
    customer.assert_all(calls)
    if far:
        heard.assert_all(calls)
    assert {each.status for each in shared.wait_for_records(calls, to=line.far)} == {status}


def test_wrong_password_is_403_and_a_foreign_caller_id_too(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Rows 24, 32, 45: 403 after the challenge, never a second one."""
    trunk = shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", ports.take()), numbers=[line.own])
    wrong = OpenTrunk(trunk.sid, trunk.domain, trunk.user, "Not-The-Password-1", trunk.numbers)
    refused = _terminate(shared, line, wrong, tmp_path, ports, "caller_refused", calls=2, settings={"STATUS": "403"})
    refused.assert_all(2)
    foreign = OpenTrunk(trunk.sid, trunk.domain, trunk.user, trunk.password, (line.foreign,))
    refused = _terminate(shared, line, foreign, tmp_path, ports, "caller_refused", calls=2, settings={"STATUS": "403"})
    refused.assert_all(2)


def test_options_to_a_gateway_is_answered(shared: Trunkline, tmp_path: Path, ports: PortBlock) -> None:
    """Row 28: OPTIONS to a gateway address is 200 without a body."""
    target = ("127.0.0.1", shared.sip_port)
    run_sipp("options", tmp_path, ports.take(), target, calls=2, rate=5, seconds=10).assert_all(2)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_carrier_reaches_the_pbx_with_the_headers_of_origination(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock, transport: Transport
) -> None:
    """Rows 46, 47, 61-63: the PBX sees Diversion, X-Twilio-* and Allow, and each call leaves one record."""
    pbx = Sipp("pbx_answers", tmp_path, ports.take(), transport=transport)
    uri = f"sip:127.0.0.1:{pbx.port};transport={transport}"
    shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", ports.take()), pbx=[uri], numbers=[line.own])
    carrier = _originate(shared, line, tmp_path, ports)
    heard = pbx.stop()
    carrier.assert_all(CALLS)
    heard.assert_all(CALLS)
    assert {each.status for each in shared.wait_for_records(CALLS, to=line.own)} == {"completed"}


def test_a_silent_pbx_gives_way_to_the_next_after_four_seconds(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Row 55: no answer of any kind for 4 s, then the next URI; nobody is rung twice."""
    silent = Sipp("callee_silent", tmp_path, ports.take())
    pbx = Sipp("pbx_answers", tmp_path, ports.take())
    uris = [f"sip:127.0.0.1:{each.port}" for each in (silent, pbx)]
    shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", ports.take()), pbx=uris, numbers=[line.own])
    carrier = _originate(shared, line, tmp_path, ports, calls=2)
    carrier.assert_all(2)
    assert silent.stop().created == 2
    pbx.stop().assert_all(2)
    assert all(3900 <= each <= 5000 for each in carrier.response_ms["setup"])


def test_two_phones_hear_each_other_through_the_trunk(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Two-way audio through the relay, termination: 440 Hz one way, 1000 Hz the other, found by frequency."""
    far = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", answers=True, tone_hz=1000)
    trunk = shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", far.port), numbers=[line.own])
    near = Baresip(
        tmp_path, ports, user=line.own, domain=trunk.domain, proxy=("127.0.0.1", shared.sip_port),
        login=(trunk.user, trunk.password),
    )  # fmt: skip
    near.dial(line.far, trunk.domain)
    assert_talk(near, far)
    assert [each.status for each in shared.wait_for_records(1, to=line.far)] == ["completed"]


def test_rows_47_76_two_phones_hear_each_other_over_tls(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """A customer's phone verifies the gateway by the private authority; the PBX is called over TLS on its own port."""
    authority = shared.home / "home" / "tls" / "ca.pem"
    far = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", answers=True, tone_hz=1000)
    trunk = shared.open_trunk(line.name, prefix=line.far, carrier=("127.0.0.1", far.port), numbers=[line.own])
    near = Baresip(
        tmp_path, ports, user=line.own, domain=trunk.domain, proxy=("127.0.0.1", shared.sip_port + 1),
        login=(trunk.user, trunk.password), transport="tls", trusted=authority, certificate=_certificate(tmp_path),
    )  # fmt: skip
    near.dial(line.far, trunk.domain)
    assert_talk(near, far)
    [record] = shared.stored_calls(trunk.sid, 1)
    assert (record["status"], record["inbound_transport"], record["outbound_transport"]) == ("completed", "tls", "udp")


def test_rows_47_48_a_pbx_is_called_over_tls(shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock) -> None:
    certificate = _certificate(tmp_path)
    pbx = Baresip(
        tmp_path, ports, user=line.own, domain="pbx.invalid", answers=True, tone_hz=1000, certificate=certificate
    )
    uri = f"sips:127.0.0.1:{pbx.port + 1}"
    trunk = shared.open_trunk(line.name, prefix=line.far, pbx=[uri], numbers=[line.own])
    carrier = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", proxy=("127.0.0.1", shared.sip_port))
    shared.add_carrier(f"sip:127.0.0.1:{carrier.port}", prefix=line.far)
    carrier.dial(line.own, "127.0.0.1")
    assert_talk(carrier, pbx)
    [record] = shared.stored_calls(trunk.sid, 1)
    assert (record["status"], record["outbound_transport"]) == ("completed", "tls")


def _certificate(folder: Path) -> Path:
    """A PBX's own: signed by itself, which origination takes by default."""
    made = new_authority("pbx.invalid", rsa_key(), datetime.now(UTC))
    file = folder / "pbx.pem"
    file.write_bytes(made.key + made.certificate)
    return file


def test_the_pbx_phone_and_the_carrier_hear_each_other(
    shared: Trunkline, line: Line, tmp_path: Path, ports: PortBlock
) -> None:
    """Two-way audio through the relay, origination."""
    pbx = Baresip(tmp_path, ports, user=line.own, domain="pbx.invalid", answers=True, tone_hz=1000)
    shared.open_trunk(
        "wire", carrier=("127.0.0.1", ports.take()), pbx=[f"sip:127.0.0.1:{pbx.port}"], numbers=[line.own]
    )
    carrier = Baresip(tmp_path, ports, user=line.far, domain="carrier.invalid", proxy=("127.0.0.1", shared.sip_port))
    carrier.dial(line.own, f"127.0.0.1:{shared.sip_port}")
    assert_talk(carrier, pbx)
    assert [each.status for each in shared.wait_for_records(1, to=line.own)] == ["completed"]


def _terminate(
    service: Trunkline,
    line: Line,
    trunk: OpenTrunk,
    folder: Path,
    ports: PortBlock,
    scenario: str,
    *,
    calls: int = CALLS,
    transport: Transport = "udp",
    settings: dict[str, str] | None = None,
) -> Statistics:
    caller = Caller(trunk.user, trunk.password, trunk.numbers[0], line.far)
    return run_sipp(
        scenario, folder, ports.take(), ("127.0.0.1", service.sip_port), calls=calls, rate=20, seconds=20,
        transport=transport, callers=[caller], settings={"DOMAIN": trunk.domain, **(settings or {})},
    )  # fmt: skip


def _originate(service: Trunkline, line: Line, folder: Path, ports: PortBlock, *, calls: int = CALLS) -> Statistics:
    target = ("127.0.0.1", service.sip_port)
    return run_sipp(
        "carrier_calls", folder, ports.take(), target, calls=calls, rate=20, seconds=20,
        callers=[Caller("", "", line.far, line.own)], settings={"DOMAIN": f"127.0.0.1:{service.sip_port}"},
    )  # fmt: skip
