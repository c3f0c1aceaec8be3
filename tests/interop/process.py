"""A peer as a process of its own: started in a session of its own, waited for, ended by its pid."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_RUNNING: "set[PeerProcess]" = set()


class PeerFailed(AssertionError):
    """The peer did not come up, did not end or said no; the text has its last words."""


class PeerProcess:
    """One running program with its output in `log`."""

    __slots__ = ("log", "name", "popen")

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.name = Path(command[0]).name
        self.log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        _RUNNING.add(self)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def wait_until(self, ready: Callable[[], bool], seconds: float = 10.0) -> None:
        """Polls until `ready`; PeerFailed when the process ends first or the time is up.

        A time in which we stood still ourselves counts as a second: the peer got nothing done in it either.
        """
        looked, left = time.monotonic(), seconds
        while not ready():
            if self.popen.poll() is not None:
                raise PeerFailed(f"{self.name} ended with {self.popen.returncode}: {self.last_words()}")
            if left < 0:
                raise PeerFailed(f"{self.name} was not ready in {seconds} s: {self.last_words()}")
            time.sleep(0.02)
            before, looked = looked, time.monotonic()
            left -= min(looked - before, 1.0)

    def wait(self, seconds: float) -> int:
        """The exit status; PeerFailed (and the process killed) when it takes longer."""
        try:
            status = self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise PeerFailed(f"{self.name} did not end in {seconds} s: {self.last_words()}") from None
        _RUNNING.discard(self)
        return status

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 5.0) -> int:
        """Asks to end and waits; killed when it does not listen. Exit status (negative: the signal that ended it)."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        _RUNNING.discard(self)
        return int(self.popen.returncode)

    def kill(self) -> None:
        """SIGKILL to the process and to what it started in its own session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(5)
        _RUNNING.discard(self)

    def last_words(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) or "(nothing said)"


def running() -> frozenset[PeerProcess]:
    """What was started here and lives."""
    _RUNNING.intersection_update([peer for peer in _RUNNING if peer.popen.poll() is None])
    return frozenset(_RUNNING)


def end_all(keep: frozenset[PeerProcess] = frozenset()) -> list[str]:
    """Kills what still runs (after a test that failed half-way) but for `keep`; the names of those that it ended."""
    left = running() - keep
    for peer in left:
        peer.kill()
    return [peer.name for peer in left]
