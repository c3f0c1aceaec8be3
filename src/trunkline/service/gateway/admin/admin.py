"""The gateway's admin socket: one JSON line in, one JSON line out, a verb each."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from trunkline.domain.call.release_cause import API_HUNG_UP
from trunkline.domain.trunk.ban import Ban
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.platform.setting.metrics import Report
from trunkline.platform.setting.unix_path import unix_path
from trunkline.service.gateway.admin.live_view import live_view
from trunkline.service.gateway.admission.doorkeeper import Doorkeeper
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.switch import Switch
from trunkline.service.gateway.target.carrier_watch import CarrierWatch

_LONGEST_LINE: Final = 64 * 1024
_MOST_LISTED: Final = 5_000
"""As many bans, or calls, as fit into one answer that a client still reads."""


class Admin:
    """Answers questions about the live gateway, and acts on it."""

    def __init__(
        self,
        switch: Switch,
        calls: Calls,
        doorkeeper: Doorkeeper,
        watch: CarrierWatch,
        clock: Callable[[], Instant],
        wall: Callable[[Instant], datetime],
        wake: Callable[[], None],
        report: Callable[[], Report],
        limits_shared: Callable[[], bool] = lambda: False,
        about: Mapping[str, str] | None = None,
    ) -> None:
        """`about` is what stays the same of a gateway: its edge, its version."""
        self._switch = switch
        self._calls = calls
        self._doorkeeper = doorkeeper
        self._watch = watch
        self._clock = clock
        self._wall = wall
        self._wake = wake
        self._report = report
        self._limits_shared = limits_shared
        self._about = dict(about or {})
        self._server: asyncio.AbstractServer | None = None

    async def open(self, path: Path) -> None:
        """Listen, within the home's run directory, which is the owner's alone; replaces what a killed process left."""
        with suppress(FileNotFoundError):
            os.unlink(path)
        with unix_path(path) as address:
            self._server = await asyncio.start_unix_server(self._serve, address, limit=_LONGEST_LINE)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), 5.0)
            answer = self.answer(line)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError, TimeoutError):
            return  # a client that went away, or a line without end
        finally:
            writer.close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """Carry one question out."""
        try:
            question = json.loads(line)
        except ValueError:
            return {"error": "not a JSON line"}
        if not isinstance(question, dict):
            return {"error": "not an object"}
        match question.get("verb"):
            case "state":
                return self._state()
            case "calls":
                return {"calls": self._views(question.get("account"))}
            case "hangup":
                return {"found": self._hang_up(question)}
            case "drain":
                self._switch.drain()
                return self._state()
            case "undrain":
                self._switch.take_new()
                return self._state()
            case "bans":
                bans = self._doorkeeper.bans(self._clock())
                return {"bans": [self._ban(ban) for ban in bans[-_MOST_LISTED:]], "total": len(bans)}
            case "carriers":
                return {"carriers": self._watch.view()}
            case "unban":
                return {"lifted": self._doorkeeper.lift(str(question.get("source")))}
            case "metrics":
                return {"metrics": self._report()}
            case verb:
                return {"error": f"unknown verb {verb!r}"}

    def _state(self) -> dict[str, Any]:
        return {
            "calls": len(self._calls),
            "ongoing": self._calls.ongoing,
            "talking": self._calls.talking(),
            "quiet": self._switch.is_quiet,
            "draining": self._switch.is_draining,
            "limits": "shared" if self._limits_shared() else "own share",
            **self._about,
        }

    def _ban(self, ban: Ban) -> dict[str, Any]:
        return {
            "source": ban.source,
            "subject": ban.subject,
            "reason": ban.reason.value,
            "began_at": self._wall(ban.began_at).isoformat(),
            "ends_at": self._wall(ban.ends_at).isoformat(),
            "dropped": ban.dropped,
        }

    def _views(self, account: object) -> list[dict[str, Any]]:
        """The calls that live, newest first; only those of one account where that is asked for."""
        views = []
        for live in reversed(self._calls.by_sid.values()):
            if account is None or (live.account is not None and live.account.sid == account):
                view = live_view(live, self._wall)
                if view is not None:
                    views.append(view)
                if len(views) == _MOST_LISTED:
                    break
        return views

    def _hang_up(self, question: dict[str, Any]) -> bool:
        """A call that is over already, or another account's, is not found."""
        live = self._calls.by_sid.get(CallSid(str(question.get("sid"))))
        account = question.get("account")
        if live is None or live.call.released_at is not None:
            return False
        if account is not None and (live.account is None or live.account.sid != account):
            return False
        self._switch.release(live.call.sid, API_HUNG_UP, self._clock())
        self._wake()
        return True
