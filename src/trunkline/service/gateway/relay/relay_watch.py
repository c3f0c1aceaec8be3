"""Whether the relays still have the sessions of the calls: one that died and came back has none of them.

Of each relay the oldest call is asked for: a relay that knows it has lived as long as any of its calls. One that does
not know it gets the next oldest named, until all that is lost is released (goals, row 10 b). A relay that does not
answer is waited for; one that keeps its sessions over a restart, as rtpengine does with its Redis, loses nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, final

from trunkline.domain.call.release_cause import MEDIA_UNAVAILABLE
from trunkline.domain.call.state import CallState
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.switch import Switch

_EVERY_S: Final = 1.0
_TALKING: Final = frozenset({CallState.ANSWERED, CallState.BRIDGED})


class Sessions(Protocol):
    """The relays, asked about one session."""

    def place(self, key: str) -> str:
        """As `port.Media` has it."""
        ...

    def holds(self, key: str, done: Callable[[bool], None]) -> None:
        """False only when the relay says that it does not know the session; no answer is no."""
        ...


@final
class RelayWatch:
    """A service of the process; `ask` is one round of it."""

    __slots__ = ("_calls", "_clock", "_sessions", "_switch", "_wake")

    def __init__(
        self,
        sessions: Sessions,
        calls: Calls,
        switch: Switch,
        clock: Callable[[], Instant],
        wake: Callable[[], None],
    ) -> None:
        self._sessions = sessions
        self._calls = calls
        self._clock = clock
        self._switch = switch
        self._wake = wake

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self.ask()

    def ask(self) -> None:
        """Ask each relay for its oldest call."""
        asked: set[str] = set()
        for live in self._calls.by_sid.values():
            key = _key(live)
            place = self._sessions.place(key) if key else ""
            if place and place not in asked:
                asked.add(place)
                self._ask_for(live.call.sid, key, place)

    def _ask_for(self, sid: CallSid, key: str, place: str) -> None:
        def answered(known: bool) -> None:
            if not known:
                self._lost(sid, key, place)

        self._sessions.holds(key, answered)

    def _lost(self, sid: CallSid, key: str, place: str) -> None:
        live = self._calls.by_sid.get(sid)
        if live is not None and _key(live) == key:  # else it was hung up meanwhile
            self._switch.release(sid, MEDIA_UNAVAILABLE, self._clock())
            self._wake()
        for younger in self._calls.by_sid.values():
            following = _key(younger)
            if following and self._sessions.place(following) == place:
                self._ask_for(younger.call.sid, following, place)
                return


def _key(live: LiveCall) -> str:
    """The session that an answered call talks through; "" where there is none."""
    attempt = live.call.current
    if attempt is None or not attempt.media_open or live.call.state not in _TALKING:
        return ""
    return live.media_key(attempt.index)
