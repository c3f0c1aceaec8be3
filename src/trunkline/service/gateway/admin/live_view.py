"""A live call as others may see it: what its record will say, as far as that is known."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from trunkline.domain.call.state import CallState
from trunkline.kit.instant import Instant
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.record.recorder import number_sid_of, numbers_of

_STATUS: Final = {
    CallState.RINGING: "ringing",
    CallState.ANSWERED: "in-progress",
    CallState.BRIDGED: "in-progress",
}
"""Every earlier state is `queued`."""


def live_view(live: LiveCall, wall: Callable[[Instant], datetime]) -> dict[str, Any] | None:
    """Plain types, times in ISO 8601; None for a call that is over or that nobody's record will tell of."""
    call, account = live.call, live.account
    if account is None or not call.recorded or call.released_at is not None:
        return None
    from_number, to_number = numbers_of(live)
    session = live.outbound.get(call.current.index) if call.current is not None else None
    return {
        "sid": call.sid,
        "account_sid": account.sid,
        "trunk_sid": live.trunk.sid if live.trunk is not None else None,
        "phone_number_sid": number_sid_of(live),
        "direction": live.direction.value,
        "from_number": from_number,
        "to_number": to_number,
        "to_uri": session.request.uri_text if session is not None else None,
        "status": _STATUS.get(call.state, "queued"),
        "invited_at": wall(call.invited_at).isoformat(),
        "answered_at": None if call.answered_at is None else wall(call.answered_at).isoformat(),
    }
