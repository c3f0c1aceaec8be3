"""sipp as the customer's PBX, one behaviour each, over UDP and TCP: what the carrier, the PBX and the record see."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.interop.port import PortBlock
from tests.interop.service import Trunkline
from tests.interop.sipp import Caller, Sipp, Transport, run_sipp

pytestmark = [pytest.mark.interop, pytest.mark.e2e]
CALLS = 3
_AREA = count(701)


@dataclass(frozen=True, slots=True)
class Case:
    """What the first PBX does, and what becomes of the call."""

    name: str
    scenario: str
    settings: dict[str, str] = field(default_factory=dict)
    status: int = 200
    """What the carrier gets; 200 of the second PBX where the first one has not answered."""
    attempts: tuple[int, ...] = (200,)
    waits_ms: int = 0


def _refuses(status: int, phrase: str, *, moves_on: bool) -> Case:
    settings = {"STATUS_LINE": f"{status} {phrase}"}
    if moves_on:
        return Case(str(status), "callee_refuses", settings, attempts=(status, 200))
    return Case(str(status), "callee_refuses", settings, status, (status,))


CASES = [
    Case("answers", "pbx_answers"),
    _refuses(486, "Busy Here", moves_on=False),  # row 56
    _refuses(404, "Not Found", moves_on=False),
    _refuses(603, "Decline", moves_on=False),
    _refuses(480, "Temporarily Unavailable", moves_on=True),  # row 57
    _refuses(503, "Service Unavailable", moves_on=True),
    _refuses(401, "Unauthorized", moves_on=True),  # row 58
    Case("silent", "callee_silent", attempts=(408, 200), waits_ms=4000),  # row 55
    Case("302", "callee_redirects", attempts=(302, 200)),  # row 64
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, ports: PortBlock) -> Iterator[Trunkline]:
    with Trunkline(tmp_path_factory.mktemp("origination"), ports) as service:
        service.add_carrier("sip:127.0.0.1:9")
        yield service


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rows_55_to_64_what_a_pbx_does_decides_about_the_call(
    shared: Trunkline, tmp_path: Path, ports: PortBlock, case: Case, transport: Transport
) -> None:
    area = next(_AREA)
    own, far = f"+1{area}5550101", f"+1{area}5550102"
    second = Sipp("pbx_answers", tmp_path, ports.take(), transport=transport)
    to_second = f"sip:127.0.0.1:{second.port};transport={transport}"
    settings = {"CONTACT": f"<{to_second}>", **case.settings}
    first = Sipp(case.scenario, tmp_path, ports.take(), transport=transport, settings=settings)
    # A redirect leads there by itself, and must not take it for the trunk's next URI.
    uris = [f"sip:127.0.0.1:{first.port};transport={transport}", *([to_second] if case.name != "302" else [])]
    trunk = shared.open_trunk(f"pbx-{area}", pbx=uris, numbers=[own])
    carrier = run_sipp(
        "carrier_calls" if case.status == 200 else "carrier_refused", tmp_path, ports.take(),
        ("127.0.0.1", shared.sip_port), calls=CALLS, rate=20, seconds=20, transport=transport,
        callers=[Caller("", "", far, own)],
        settings={"DOMAIN": f"127.0.0.1:{shared.sip_port}", "HOLD_MS": "50", "STATUS": str(case.status)},
    )  # fmt: skip
    carrier.assert_all(CALLS)
    records = shared.stored_calls(trunk.sid, CALLS)
    assert [row["sip_status"] for row in records] == [case.status] * CALLS
    assert first.stop().created == CALLS, "one INVITE for each call: no challenge is answered, nobody is rung twice"
    assert second.stop().created == (CALLS if len(case.attempts) == 2 else 0)
    assert [shared.attempts(row["sid"]) for row in records] == [list(case.attempts)] * CALLS
    if case.waits_ms:
        assert all(case.waits_ms - 100 <= each <= case.waits_ms + 1500 for each in carrier.response_ms["setup"])
