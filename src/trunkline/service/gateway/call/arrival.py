"""Slow work that has come back, as an event of its own: handled in its turn, behind the bulkhead, like any other."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, final

from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.service.gateway.call.live_call import LiveCall

Subject = LiveCall | InviteSession | ServerTransaction
"""Whose affair an event is: a call's, an INVITE's that is none yet, or another request's."""
T = TypeVar("T")


@dataclass(slots=True)
class Arrival:
    """`act` does what is to be done now."""

    about: Subject
    act: Callable[[], None]


@final
class Arrivals:
    """Those whose turn has not come; `wake` says that there is one."""

    __slots__ = ("_waiting", "_wake")

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[Arrival] = deque()

    def add(self, about: Subject, act: Callable[[], None]) -> None:
        self._waiting.append(Arrival(about, act))
        self._wake()

    def next(self) -> Arrival | None:
        return self._waiting.popleft() if self._waiting else None

    def taker(self, live: LiveCall, take: Callable[[T], None]) -> Callable[[T], None]:
        """A port's callback: an answer within the very command is taken at once, any other as an event."""

        def taken(answer: T) -> None:
            if live.driving:
                take(answer)
            else:
                self.add(live, lambda: take(answer))

        return taken
