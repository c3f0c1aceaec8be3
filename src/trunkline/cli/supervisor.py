"""The supervisor behind `trunkline up`: one child for each process, each restarted on its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

from trunkline.kit.instant import later
from trunkline.platform.setting import clock
from trunkline.platform.setting.home import Home
from trunkline.platform.setting.unix_path import unix_path

_TICK_S: Final = 0.1
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 10.0
_LONGEST_SERVED_PAUSE_S: Final = 1.0
"""After a process that had been ready: what it carried waits for it, calls above all."""
_STEADY_S: Final = 30.0
_NEEDED: Final = frozenset({"relay", "control"})
"""What the others lean on; these end last."""
_GIVES_WAY: Final = frozenset({"control"})
"""Nobody waits for these on a phone: where cores are short, calls go first."""
_NICENESS: Final = 5
_CALLS_END_S: Final = 9.2
_STOP_S: Final = 9.7
_HURRIED_CALLS_END_S: Final = 1.2
_HURRIED_STOP_S: Final = 1.5
CANNOT_START: Final = 2
"""Exit status of a process whose settings or addresses do not allow it to run: restarting would not help."""


@dataclass(slots=True)
class Child:
    """One supervised process. `key` is what it calls itself when it is ready."""

    name: str
    instance: str
    key: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    state: str = "starting"
    restarts: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0
    pause_s: float = field(default=_FIRST_PAUSE_S)

    def ended(self, now: float) -> None:
        """It died: wait before the next start, longer each time, but not long for one that had come to serve."""
        if self.state == "ready":
            self.pause_s = min(self.pause_s, _LONGEST_SERVED_PAUSE_S)
        self.process = None
        self.state = "restarting"
        self.restart_at = now + self.pause_s
        self.pause_s = min(2 * self.pause_s, _LONGEST_PAUSE_S)


def keep_bytecode(home: Home, compiled: Path) -> dict[str, str]:
    """What to add to a child's environment so that it need not compile every module again, which half its start took.

    `compiled` is where Python keeps a module of ours: it is not there where the installation is read-only or
    PYTHONDONTWRITEBYTECODE is set. The modules are then kept in the home, which is its owner's alone.
    """
    if compiled.is_file():
        return {}
    return {"PYTHONPYCACHEPREFIX": str(home.bytecode), "PYTHONDONTWRITEBYTECODE": ""}


class Supervisor:
    """Starts children, keeps them running, tells of them in `status.json`, and ends them together."""

    def __init__(self, home: Home, children: list[Child]) -> None:
        self._home = home
        self._children = children
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._notify_path = home.run / "notify.sock"
        self._told = ""

    def run(self, on_ready: Callable[[], None]) -> int:
        """Serve until a signal; `on_ready` is called once, when every child is. The exit status."""
        self._notify_path.unlink(missing_ok=True)
        with unix_path(self._notify_path) as address:
            self._notify.bind(address)
        watched = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        try:
            for child in self._children:
                self._start(child)
            return self._watch(watched, on_ready)
        finally:
            self._notify.close()
            self._notify_path.unlink(missing_ok=True)
            self._home.status.unlink(missing_ok=True)

    def _watch(self, watched: set[signal.Signals], on_ready: Callable[[], None]) -> int:
        announced = False
        while True:
            found = signal.sigtimedwait(watched, _TICK_S)
            if found is not None and found.si_signo in {signal.SIGTERM, signal.SIGINT}:
                return self._stop(watched)
            if found is not None and found.si_signo == signal.SIGHUP:
                self._reload()
            self._hear()
            for child in self._children:
                if self._look_after(child) == CANNOT_START and not announced:
                    self._stop(watched)
                    return CANNOT_START
            self._tell()
            if not announced and all(child.state == "ready" for child in self._children):
                announced = True
                on_ready()

    # ---- children

    def _start(self, child: Child) -> None:
        child.started_at = clock.now()
        own = {"NOTIFY_SOCKET": str(self._notify_path), "TRUNKLINE_SUPERVISOR": str(os.getpid())}
        try:
            child.process = subprocess.Popen(
                [sys.executable, "-m", "trunkline", *child.arguments],
                env={**os.environ, **own, **keep_bytecode(self._home, Path(cache_from_source(__file__)))},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_begin_giving_way if child.name in _GIVES_WAY else _begin,  # noqa: PLW1509  this process has one thread
            )
        except OSError as fault:  # the host is out of memory, processes or descriptors: the others go on
            _say(f"{child.name} {child.instance} cannot be started: {fault.strerror or fault}")
            child.ended(child.started_at)
        else:
            child.state = "starting"

    def _look_after(self, child: Child) -> int | None:
        """Restart what died; the exit status if it died just now."""
        now = clock.now()
        if child.process is None:
            if now >= child.restart_at:
                child.restarts += 1
                self._start(child)
            return None
        status = child.process.poll()
        if status is None:
            if child.state == "ready" and now - child.started_at > _STEADY_S:
                child.pause_s = _FIRST_PAUSE_S
            return None
        _say(f"{child.name} {child.instance} ended with {_named(status)}")
        child.ended(now)
        return status

    def _hear(self) -> None:
        while True:
            try:
                text = self._notify.recv(256).decode(errors="replace")
            except BlockingIOError:
                return
            for line in text.splitlines():
                if line.startswith("X_TRUNKLINE="):
                    self._ready(line.removeprefix("X_TRUNKLINE="))

    def _ready(self, told: str) -> None:
        key, _, pid = told.rpartition(" ")
        for child in self._children:
            if child.key == key and child.process is not None and str(child.process.pid) == pid:
                child.state = "ready"

    def _reload(self) -> None:
        """SIGHUP: gateways look after their certificates; one that has just started does so of itself."""
        gateways = [child for child in self._children if child.name == "gateway" and child.state == "ready"]
        _send(gateways, signal.SIGHUP)

    # ---- status and end

    def _tell(self) -> None:
        """Write `status.json` where it changed; a reader sees the old text or the new one.

        What a full disk does not take is written as soon as it does: the processes go on meanwhile.
        """
        rows = [
            {
                "name": child.name,
                "instance": child.instance,
                "pid": child.process.pid if child.process is not None else 0,
                "state": child.state,
                "restarts": child.restarts,
            }
            for child in self._children
        ]
        text = json.dumps({"processes": rows})
        if text != self._told:
            fresh = Path(f"{self._home.status}.new")
            with suppress(OSError):
                fresh.write_text(text, encoding="utf-8")
                fresh.replace(self._home.status)
                self._told = text

    def _stop(self, watched: set[signal.Signals]) -> int:
        """End every child; a second signal hurries them (design, section 7).

        The processes with calls go first: their last words need the relay, and their peers the REST API.
        """
        now = clock.now()
        until = {False: later(now, _CALLS_END_S), True: later(now, _STOP_S)}
        hurried = False
        for needed in (False, True):
            group = [child for child in self._children if (child.name in _NEEDED) is needed]
            _send(group, signal.SIGTERM)
            while _living(group) and clock.now() < until[needed]:
                found = signal.sigtimedwait(watched, _TICK_S)
                if not hurried and found is not None and found.si_signo in {signal.SIGTERM, signal.SIGINT}:
                    hurried = True
                    now = clock.now()
                    until = {False: later(now, _HURRIED_CALLS_END_S), True: later(now, _HURRIED_STOP_S)}
                    _send(group, signal.SIGTERM)
            _send(group, signal.SIGKILL)
        for child in _living(self._children):
            if child.process is not None:
                child.process.wait()
        return 0


def _say(text: str) -> None:
    """On standard error, whose terminal, disk or reader may be gone."""
    with suppress(OSError):
        sys.stderr.write(f"trunkline: {text}\n")
        sys.stderr.flush()


def _living(children: list[Child]) -> list[Child]:
    return [child for child in children if child.process is not None and child.process.poll() is None]


def _send(children: list[Child], number: signal.Signals) -> None:
    for child in _living(children):
        if child.process is not None:
            child.process.send_signal(number)


def _begin() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


def _begin_giving_way() -> None:
    os.nice(_NICENESS)
    _begin()


def _named(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
