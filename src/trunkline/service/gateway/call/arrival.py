"""Slow work that has come back, as an event of its own: handled in its turn, behind the bulkhead, like any other."""

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.service.gateway.call.live_call import LiveCall

Subject = LiveCall | InviteSession | ServerTransaction
"""Whose affair an event is: a call's, an INVITE's that is none yet, or another request's."""


@dataclass(slots=True)
class Arrival:
    """`act` does what is to be done now."""

    about: Subject
    act: Callable[[], None]
