"""sipp as caller and callee: our scenarios, bounded runs, statistics read back as values."""

import csv
import re
import signal
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from tests.interop.peer import peer
from tests.interop.port import is_taken
from tests.interop.process import PeerFailed, PeerProcess

SCENARIOS = Path(__file__).with_name("scenario")
DEFAULTS = {"HOLD_MS": "200", "WAIT_MS": "40000", "ERROR": ".*"}
Transport = Literal["udp", "tcp"]
_PLACE = re.compile(r"@([A-Z_]+)@")
_NUMBER = count()


@dataclass(frozen=True, slots=True)
class Statistics:
    """What one sipp counted; response times in ms by timer (`answer`: first INVITE to 200, `setup`: INVITE to 180)."""

    successful: int
    failed: int
    created: int
    retransmissions: int
    exit_status: int
    failures: Mapping[str, int]
    response_ms: Mapping[str, tuple[float, ...]]
    errors: str

    def percentile(self, timer: str, part: float) -> float:
        """The nearest-rank percentile (0 < part <= 1) in ms; ValueError when nothing was timed."""
        times = sorted(self.response_ms.get(timer, ()))
        if not times:
            raise ValueError(f"sipp timed no {timer!r}")
        return times[max(0, min(len(times) - 1, -(-int(part * 1000) * len(times) // 1000) - 1))]

    def assert_all(self, calls: int) -> None:
        """All `calls` went as the scenario has it, and none other was seen."""
        counted = (self.successful, self.failed)
        assert counted == (calls, 0), (
            f"wanted {calls} and 0 failed, got {counted}: {dict(self.failures)}\n{self.errors}"
        )


@dataclass(frozen=True, slots=True)
class Passed:
    """One message that went by: `first_line` of what sipp sent or received in the call of that Call-ID."""

    sent: bool
    call_id: str
    first_line: str


@dataclass(frozen=True, slots=True)
class Caller:
    """One line of sipp's injection file: digest user and password, the number that calls, the number called."""

    user: str
    password: str
    number: str
    callee: str


class Sipp:
    """One running sipp; `port` is its SIP port, its files are in `folder`."""

    __slots__ = ("_process", "_stem", "folder", "port")

    def __init__(
        self,
        scenario: str,
        folder: Path,
        port: int,
        *,
        target: tuple[str, int] | None = None,
        host: str = "127.0.0.1",
        transport: Transport = "udp",
        calls: int | None = None,
        rate: float = 10,
        limit: int | None = None,
        seconds: float = 60,
        callers: Sequence[Caller] = (),
        settings: Mapping[str, str] | None = None,
        media_port: int | None = None,
        trace: bool = False,
        timed: bool = True,
        listed: bool = False,
    ) -> None:
        """`target` makes a caller, none a callee; `settings` fill the scenario's @PLACES@; ends after `seconds`."""
        self.folder = folder
        self.port = port
        self._stem = folder / f"{scenario}-{next(_NUMBER)}"
        rendered = render(scenario, {**DEFAULTS, "TRANSPORT": transport, **(settings or {})})
        self._file(".xml").write_text(rendered)
        command: list[str | Path] = [peer("sipp"), *([f"{target[0]}:{target[1]}"] if target else [])]
        command += ["-sf", self._file(".xml"), "-i", host, "-p", str(port), "-mi", host, "-bind_local", "-nostdin"]
        command += ["-t", "u1" if transport == "udp" else "t1", "-buff_size", "2097152", "-timer_resol", "1"]
        command += ["-timeout", f"{seconds:g}", "-trace_stat", "-stf", self._file(".csv"), "-fd", "1"]
        command += ["-trace_err", "-error_file", self._file(".errors")]
        command += ["-mp", str(media_port), "-rtp_echo"] if media_port else []
        command += ["-trace_rtt", "-rtt_freq", "1"] if timed else []
        command += ["-trace_msg", "-message_file", self._file(".messages")] if trace else []
        command += ["-trace_shortmsg", "-shortmessage_file", self._file(".passed")] if listed else []
        command += ["-m", str(calls)] if calls is not None else []
        if target:
            command += ["-r", f"{rate:g}", "-l", str(limit or 10_000), "-timeout_error"]
        else:
            command += ["-default_behaviors", "all,-bye"]
        if callers:
            self._file(".users").write_text(_injection(callers))
            command += ["-inf", self._file(".users")]
        self._process = PeerProcess(command, self._file(".log"), env={"TERM": "xterm"}, cwd=folder)
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        if target is None:
            self._process.wait_until(lambda: is_taken(host, port, kind))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.popen.poll() is None

    def wait(self, seconds: float = 90) -> Statistics:
        """Waits until all calls are done (or sipp's own time is up) and reads what it counted."""
        return self._statistics(self._process.wait(seconds))

    def stop(self) -> Statistics:
        """Ends a callee: no new calls, what is up may end within 5 s; then what it counted."""
        self._process.stop(signal.SIGUSR1)
        return self._statistics(self._process.popen.returncode)

    def messages(self) -> str:
        """The SIP text of a run with `trace=True`."""
        return self._file(".messages").read_text(errors="replace")

    def passed(self) -> list[Passed]:
        """Every message of a run with `listed=True`, in order, repetitions too."""
        rows = (line.split("\t") for line in self._file(".passed").read_text(errors="replace").splitlines())
        return [Passed(row[3] == "S", row[4], row[6]) for row in rows]

    def _file(self, suffix: str) -> Path:
        return self._stem.with_name(self._stem.name + suffix)

    def _statistics(self, exit_status: int) -> Statistics:
        row = self._last_row()
        failures = {key[len("Failed") :].removesuffix("(C)"): int(row[key]) for key in row if _is_failure(key)}
        return Statistics(
            successful=int(row["SuccessfulCall(C)"]),
            failed=int(row["FailedCall(C)"]),
            created=int(row["TotalCallCreated"]),
            retransmissions=int(row["Retransmissions(C)"]),
            exit_status=exit_status,
            failures={kind: number for kind, number in failures.items() if number},
            response_ms=self._response_times(),
            errors=self._errors(),
        )

    def _last_row(self) -> dict[str, str]:
        file = self._file(".csv")
        rows = list(csv.DictReader(file.read_text().splitlines(), delimiter=";")) if file.exists() else []
        if not rows:
            raise PeerFailed(f"sipp left no statistics: {self._process.last_words()}\n{self._errors()}")
        return {key: value for key, value in rows[-1].items() if isinstance(key, str) and isinstance(value, str)}

    def _response_times(self) -> dict[str, tuple[float, ...]]:
        times: dict[str, list[float]] = {}
        for file in self.folder.glob(f"{self._stem.name}_{self.pid}_rtt.csv"):
            for line in file.read_text().splitlines()[1:]:
                _, milliseconds, timer = line.split(";")[:3]
                times.setdefault(timer.strip(), []).append(float(milliseconds))
        return {timer: tuple(values) for timer, values in times.items()}

    def _errors(self) -> str:
        file = self._file(".errors")
        return "\n".join(file.read_text(errors="replace").splitlines()[:40]) if file.exists() else ""


def run_sipp(
    scenario: str, folder: Path, port: int, target: tuple[str, int], *, calls: int, **options: object
) -> Statistics:
    """A caller's whole run (options as of Sipp), bounded by its `seconds` plus a margin."""
    seconds = options.get("seconds", 60)
    assert isinstance(seconds, int | float)
    return Sipp(scenario, folder, port, target=target, calls=calls, **options).wait(seconds + 10)  # type: ignore[arg-type]


def render(scenario: str, settings: Mapping[str, str]) -> str:
    """The scenario (or the file of that name) with every @PLACE@ filled; KeyError names a place without a setting."""
    return _PLACE.sub(lambda place: settings[place.group(1)], _file_of(scenario).read_text())


def _file_of(scenario: str) -> Path:
    return SCENARIOS / (scenario if "." in scenario else f"{scenario}.xml")


def _injection(callers: Iterable[Caller]) -> str:
    rows = (f"{caller.number};{caller.callee};{_login(caller)};" for caller in callers)
    return "SEQUENTIAL\n" + "\n".join(rows) + "\n"


def _login(caller: Caller) -> str:
    return f"[authentication username={caller.user} password={caller.password}]"


def _is_failure(column: str) -> bool:
    return column.startswith("Failed") and column.endswith("(C)") and column != "FailedCall(C)"
