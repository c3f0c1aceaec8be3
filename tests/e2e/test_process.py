"""The service as processes: what keeps it from starting, who is restarted, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town, wait_for
from tests.interop.port import PortBlock
from tests.interop.service import PROGRAM, Trunkline

pytestmark = pytest.mark.e2e


@contextmanager
def _another(home: Path, ports: PortBlock, settings: Mapping[str, str] | None = None) -> Iterator[Town]:
    """A service of the test's own; the test may end it itself."""
    with Trunkline(home, ports, settings) as service:
        town = Town(service, areas=1)
        try:
            yield town
        finally:
            town.forget_wires()


def _up(home: Path, settings: Mapping[str, str], *, verb: str = "up", seconds: float = 60) -> tuple[int, str]:
    """`trunkline up`, or another verb, that is expected to give up by itself: exit status and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    run = subprocess.run(
        [PROGRAM, verb],
        env={**environment, "TRUNKLINE_HOME": str(home), "TRUNKLINE_SANDBOX": "false", **settings},
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


BAD_SETTINGS = [
    ("SIP_BIND", "nonsense"),
    ("SIP_BIND", "0.0.0.0:5060"),
    ("HTTP_BIND", "8080"),
    ("RTP_PORTS", "60000-10000"),
    ("SANDBOX", "perhaps"),
    ("ACCOUNT_SID", "AC123"),
    ("DIGEST", "sha1"),
]


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_a_bad_setting_is_named_with_its_value(tmp_path: Path, name: str, value: str) -> None:
    """Issue "Bad input": one line with setting and value, status 2, and nothing was started."""
    status, said = _up(tmp_path / "home", {f"TRUNKLINE_{name}": value})
    assert status == 2, said
    assert f"TRUNKLINE_{name}" in said
    assert value in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 2, said


@pytest.mark.parametrize("name", ["AUTH_TOKEN", "SECRET_KEY", "DATABASE_URL"])
def test_a_bad_secret_is_named_without_its_value(tmp_path: Path, name: str) -> None:
    """Goals 16: a secret that is too short is not printed for it."""
    status, said = _up(tmp_path / "home", {f"TRUNKLINE_{name}": "sesam77"})
    assert (status, "sesam77" in said) == (2, False), said
    assert f"TRUNKLINE_{name}" in said


TAKEN = [
    ("gateway", "SIP_BIND", socket.SOCK_DGRAM),
    ("gateway", "SIP_BIND", socket.SOCK_STREAM),
    ("control", "HTTP_BIND", socket.SOCK_STREAM),
    ("relay", "NG_BIND", socket.SOCK_DGRAM),
    ("voice", "VOICE_BIND", socket.SOCK_DGRAM),
]


@pytest.mark.parametrize(("process", "setting", "kind"), TAKEN, ids=str)
def test_a_port_in_use_says_who_wanted_it(
    tmp_path: Path, ports: PortBlock, process: str, setting: str, kind: socket.SocketKind
) -> None:
    """Issue "Bad input": the process, the address and the reason; everything else is ended, status 2."""
    own = {name: f"127.0.0.1:{ports.take(2)}" for _, name, _ in TAKEN}
    host, _, port = own[setting].partition(":")
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind((host, int(port)))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        status, said = _up(tmp_path / "home", {f"TRUNKLINE_{name}": value for name, value in own.items()})
    assert status == 2, said
    assert re.search(rf"{process}.*{own[setting]}.*in use \(TRUNKLINE_{setting}\)", said, re.IGNORECASE), said
    assert "Traceback" not in said


def test_a_setting_that_does_not_exist_is_told(town: Town) -> None:
    """Issue "Bad input": most likely a slip of the pen; it is no reason not to start."""
    _, said = _up(town.service.home / "home", {"TRUNKLINE_RTP_PORT": "10000-20000"})
    assert "trunkline: TRUNKLINE_RTP_PORT is set, and there is no such setting" in said.splitlines()
    assert "running already" in said


def test_a_second_up_on_one_home_is_told_of_the_first(town: Town) -> None:
    """Two services on one home: the second says which process holds it, and the first goes on."""
    before = town.pids()
    status, said = _up(town.service.home / "home", {})
    assert status == 2
    assert re.search(r"up is running already as process \d+", said), said
    assert town.pids() == before
    assert town.service.is_healthy()


def test_rest_gives_way_to_calls(town: Town) -> None:
    """Goals, set-up time: where cores are short the control process waits, and nothing that a caller waits for."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    behind = {name: os.getpriority(os.PRIO_PROCESS, pid) - own for name, pid in town.pids().items()}
    assert behind == dict.fromkeys(behind, 0) | {"control": 5}


UNPREPARED = [
    ("gateway", False, "TRUNKLINE_HOME={home}: there is no such directory; `trunkline up` makes it"),
    ("gateway", True, "the database does not answer: no such table"),
    ("control", False, "TRUNKLINE_HOME={home}: there is no such directory; `trunkline up` makes it"),
    ("voice", False, "TRUNKLINE_HOME={home}: there is no such directory; `trunkline up` makes it"),
]


@pytest.mark.parametrize(("verb", "has_home", "reason"), UNPREPARED)
def test_a_process_that_nothing_was_prepared_for_says_so(
    tmp_path: Path, ports: PortBlock, verb: str, has_home: bool, reason: str
) -> None:
    """Issue "Bad input": whoever starts processes one by one begins with `up`, or names the right home."""
    own = {f"TRUNKLINE_{name}": f"127.0.0.1:{ports.take(2)}" for _, name, _ in TAKEN}
    home = tmp_path / "home"
    if has_home:
        home.mkdir()
    status, said = _up(home, own, verb=verb)
    assert (status, said.count("\n")) == (2, 1), said
    assert reason.format(home=home) in said


def test_a_second_gateway_on_one_journal_is_told_of_the_first(town: Town) -> None:
    bind = {"TRUNKLINE_SIP_BIND": "{}:{}".format(*town.gateway)}
    status, said = _up(town.service.home / "home", bind, verb="gateway")
    assert status == 2
    assert f"held by another gateway process (pid {town.pids()['gateway']})" in said
    assert "Traceback" not in said


def test_a_killed_process_is_restarted_alone(tmp_path: Path, ports: PortBlock) -> None:
    """Design, section 2: kill -9 of each in turn: healthz counts it, the others keep their pids, calls go on."""
    with _another(tmp_path, ports) as town:
        place = town.place(area=0)
        place.open()
        for count, name in enumerate(("relay", "gateway", "control"), start=1):
            before = town.pids()
            town.service.wait_restarted(name, town.service.kill(name))
            after = town.pids()
            assert {each for each in before if before[each] != after[each]} == {name}
            restarts = {each["name"]: each["restarts"] for each in town.service.health()["processes"]}
            assert restarts[name] == 1
            assert sum(restarts.values()) == count
            with place.call_out() as (caller, callee):
                caller.bye()
                callee.expect_bye()
            place.forget_wires()
        assert {record["status"] for record in place.records(3)} == {"completed"}


def test_sigterm_hangs_up_and_leaves_the_records(tmp_path: Path, ports: PortBlock) -> None:
    """Design, section 7: new calls get 503, live ones a BYE, records are stored, status 0 within 10 s."""
    with _another(tmp_path, ports) as town:
        place = town.place(area=0)
        place.open()
        with place.call_out() as (caller, callee):
            ringing, ringing_callee = _ringing(place, callee)
            begun = time.monotonic()
            town.service.send_signal(signal.SIGTERM)
            bye = caller.expect("BYE")
            late = place.customer()
            late.invite()
            refusal = late.refused(503)
            assert refusal.get("retry-after")
            caller.respond(bye, 200, "OK")
            callee.expect_bye()
            ringing.refused(503)
            cancel = ringing_callee.expect("CANCEL")
            ringing_callee.respond(cancel, 200, "OK")
            ringing_callee.refuse(487)
            assert town.service.wait() == 0
            assert time.monotonic() - begun < 10
        records = place.records(2, seconds=0)
        assert [record["cause"] for record in records] == ["shut_down", "shut_down"]
        assert [record["status"] for record in records] == ["completed", "failed"]
        assert records[0]["inbound_media"] is not None, "the relay was asked for its last figures"
        assert town.bugs() == []


def test_a_second_signal_ends_it_within_two_seconds(tmp_path: Path, ports: PortBlock) -> None:
    """Design, section 7: though the peers of a live call do not answer the BYE; its record is stored all the same."""
    with _another(tmp_path, ports) as town:
        place = town.place(area=0)
        place.open()
        with place.call_out() as (caller, _):
            town.service.send_signal(signal.SIGINT)
            caller.expect("BYE")
            time.sleep(0.5)
            begun = time.monotonic()
            town.service.send_signal(signal.SIGINT)
            assert town.service.wait() == 0
            assert time.monotonic() - begun < 2.5  # two seconds, and the end of an interpreter on a busy machine
        assert [record["cause"] for record in place.records(1, seconds=0)] == ["shut_down"]


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path, ports: PortBlock) -> None:
    """Design, section 7: the children have a parent-death signal, so kill -9 of `up` leaves no process behind."""
    service = Trunkline(tmp_path, ports)
    service.start()
    children = [int(each["pid"]) for each in service.health()["processes"]]
    service.send_signal(signal.SIGKILL)
    assert service.wait() == -signal.SIGKILL
    assert wait_for(lambda: [pid for pid in children if _lives(pid)], lambda left: not left, 12) == []
    service.close()


def _lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _ringing(place: Place, talking: Callee) -> tuple[Caller, Callee]:
    """One more call, which rings."""
    caller = place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(talking.wire)
    callee.ring()
    caller.expect(180)
    return caller, callee
