"""What the signalling bench runs: our gateway, and the anchors it is held against."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.interop.kamailio import Allocator, Kamailio
from tests.interop.peer import find
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerProcess
from tests.interop.service import PROGRAM, Trunkline
from tests.interop.sipp import Caller
from tools import compile as compiled

OURS = "Trunkline gateway (digest, relay, record)"
OURS_COMPILED = "Trunkline gateway, hot rooms compiled"
SIPPY = "sippy 2.5 b2bua_simple (no digest)"
KAMAILIO = "Kamailio proxy, digest, as shipped"
KAMAILIO_TLSF = "Kamailio proxy, digest, -x tlsf"

_SIPPY = Path(sys.executable).with_name("b2bua_simple")
OUR_NUMBER = "+15005550101"
PROBED = "+15005559"
"""Numbers that begin so go to the probe's own callee, all others to sipp's."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to call through a contender: the host of the R-URI, digest user and password (unused without digest)."""

    domain: str
    user: str
    password: str

    def callers(self, number: int = 100) -> tuple[Caller, ...]:
        """Callees in turn, all called by the one user."""
        callees = (f"+1500555{100 + turn:04d}" for turn in range(number))
        return tuple(Caller(self.user, self.password, OUR_NUMBER, callee) for callee in callees)


class Running(Protocol):
    """A contender that takes calls on `port` and passes them on."""

    port: int
    login: Login

    @property
    def pid(self) -> int:
        """The process whose CPU is the figure, with its children."""

    @property
    def beside(self) -> Mapping[str, int]:
        """Other processes that work for the call and are told apart: name -> pid."""

    def records(self, calls: int) -> int | None:
        """How many call records it has stored, waiting for `calls` of them; None when it keeps none."""

    def stop(self) -> object:
        """Ends it and waits for its end."""


class Start(Protocol):
    """Starts a contender: calls go to `callee`, those to numbers of PROBED to `probe` when one is given."""

    def __call__(self, folder: Path, ports: PortBlock, callee: int, probe: int | None = None) -> Running: ...


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the table."""

    name: str
    start: Start
    digest: bool = True
    ceiling: float = 1500
    """The rate in calls/s above which it is not run: it would only fail."""
    can_be_probed: bool = True
    missing: str | None = None
    """Why it cannot run here; None when it can."""


class _Sippy:
    """sippy's simple B2BUA in Python: no digest, no media, no records."""

    __slots__ = ("_process", "login", "port")

    def __init__(self, folder: Path, ports: PortBlock, callee: int, probe: int | None = None) -> None:
        assert probe is None, "sippy has one next hop only"
        self.port = ports.take()
        self.login = Login("bench.invalid", "", "")
        command: list[str | Path] = [_SIPPY, "-f", "-l", "127.0.0.1", "-p", str(self.port)]
        command += ["-n", f"127.0.0.1:{callee}"]
        # Its log of every message is switched off: the anchor is the stack, not the disk.
        self._process = PeerProcess(command, folder / f"sippy-{self.port}.log", env={"SIPLOG_LVL": "CRIT"})
        self._process.wait_until(lambda: is_taken("127.0.0.1", self.port))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def beside(self) -> Mapping[str, int]:
        return {}

    def records(self, calls: int) -> None:
        return None

    def stop(self) -> int:
        return self._process.stop()


class _Kamailio:
    """Kamailio as a stateful proxy with digest: no B2BUA, no media, no records."""

    __slots__ = ("_proxy", "login", "port")

    def __init__(self, folder: Path, ports: PortBlock, callee: int, probe: int | None, allocator: Allocator) -> None:
        self.login = Login("bench.invalid", "bench", "Bench-Password-1")
        self.port = ports.take()
        self._proxy = Kamailio(
            folder,
            self.port,
            ("127.0.0.1", callee),
            realm=self.login.domain,
            password=self.login.password,
            allocator=allocator,
            detour=(PROBED, ("127.0.0.1", probe)) if probe else None,
        )

    @property
    def pid(self) -> int:
        return self._proxy.pid

    @property
    def beside(self) -> Mapping[str, int]:
        return {}

    def records(self, calls: int) -> None:
        return None

    def stop(self) -> int:
        return self._proxy.stop()


class _Gateway:
    """Our gateway as shipped: digest, media anchored in the built-in relay, journal, one record per call."""

    __slots__ = ("_service", "login", "pid", "port")

    def __init__(self, folder: Path, ports: PortBlock, callee: int, probe: int | None, package: Path) -> None:
        self._service = Trunkline(folder, ports, {"PYTHONPATH": str(package)})
        self._service.start()
        trunk = self._service.open_trunk("bench", carrier=("127.0.0.1", callee), numbers=[OUR_NUMBER])
        if probe:
            self._service.add_carrier(f"sip:127.0.0.1:{probe}", prefix=PROBED)
        self.port = self._service.sip_port
        self.login = Login(trunk.domain, trunk.user, trunk.password)
        self.pid = self._service.pid("gateway")

    @property
    def beside(self) -> Mapping[str, int]:
        return {
            each["name"]: int(each["pid"]) for each in self._service.health()["processes"] if each["pid"] != self.pid
        }

    def records(self, calls: int) -> int:
        try:
            return len(self._service.wait_for_records(calls, seconds=15))
        except AssertionError:  # records that are missing are a figure here, not an error
            return len(self._service.records())

    def stop(self) -> None:
        self._service.close()


def _gateway(package: Path) -> Start:
    """`package`: the folder that trunkline is imported from, the sources or the compiled form."""

    def start(folder: Path, ports: PortBlock, callee: int, probe: int | None = None) -> Running:
        return _Gateway(folder, ports, callee, probe, package)

    return start


def _kamailio(allocator: Allocator) -> Start:
    def start(folder: Path, ports: PortBlock, callee: int, probe: int | None = None) -> Running:
        return _Kamailio(folder, ports, callee, probe, allocator)

    return start


def _lack(present: object, how: str) -> str | None:
    return None if present else how


def contenders() -> tuple[Contender, ...]:
    """Our gateway first, then the anchors; those that are not installed say so."""
    no_kamailio = _lack(find("kamailio"), "not installed (make peers)")
    return (
        Contender(OURS, _gateway(compiled.SOURCES.parent), missing=_lack(_is_built(), "trunkline up is not there yet")),
        Contender(
            OURS_COMPILED, _gateway(compiled.COMPILED),
            missing=_lack(compiled.is_current(), "not built from these sources (make compiled)"),
        ),
        Contender(
            SIPPY, _Sippy, digest=False, ceiling=200, can_be_probed=False,
            missing=_lack(_SIPPY.exists(), "not installed (make setup)"),
        ),
        Contender(KAMAILIO, _kamailio("shipped"), missing=no_kamailio),
        Contender(KAMAILIO_TLSF, _kamailio("tlsf"), missing=no_kamailio),
    )  # fmt: skip


def _is_built() -> bool:
    return PROGRAM.exists() and (Path(__file__).parents[1] / "src/trunkline/cli/main.py").exists()
