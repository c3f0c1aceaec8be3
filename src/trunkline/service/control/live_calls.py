"""The calls that live at this host's gateways, in the shape of their records to come."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from trunkline.platform.setting.admin_line import ask_gateways
from trunkline.platform.store.repository.call_record import CallFilter
from trunkline.platform.store.repository.keyset import Anchor, Cut, Slice, by_date
from trunkline.platform.store.table import CallRow


async def live_calls_of(run_dir: Path, account_sid: str) -> list[CallRow]:
    """Rows of no database; a gateway that does not answer is left out."""
    answers = await ask_gateways(run_dir, {"verb": "calls", "account": account_sid})
    return [_row(view) for _, answer in answers for view in answer.get("calls", [])]


async def hang_up(run_dir: Path, account_sid: str, sid: str) -> bool:
    """End a live call of the account; False where no gateway has it."""
    answers = await ask_gateways(run_dir, {"verb": "hangup", "sid": sid, "account": account_sid})
    return any(answer.get("found") for _, answer in answers)


def _row(view: dict[str, Any]) -> CallRow:
    invited_at = datetime.fromisoformat(view.pop("invited_at"))
    answered_at = view.pop("answered_at")
    answered = None if answered_at is None else datetime.fromisoformat(answered_at)
    return CallRow(
        **view,
        date_created=invited_at,
        date_updated=answered or invited_at,
        invited_at=invited_at,
        answered_at=answered,
        start_time=answered,
    )


def merged(stored: Slice[CallRow], live: Sequence[CallRow], wanted: CallFilter, cut: Cut) -> Slice[CallRow]:
    """One page of both, in the order of dates."""
    return interleaved(stored, [row for row in live if _is_wanted(row, wanted)], cut, by_date)


def interleaved(
    stored: Slice[CallRow], live: Sequence[CallRow], cut: Cut, key: Callable[[CallRow], Anchor]
) -> Slice[CallRow]:
    """One page of both: live calls have their places in the order of `key` as finished ones have.

    A call that ended between the two looks is shown as it was stored.
    """
    known = {row.sid for row in stored.rows}
    fits = [row for row in live if row.sid not in known and _is_in(_at(key(row)), stored, cut)]
    if not fits:
        return stored
    rows = sorted([*stored.rows, *fits], key=lambda row: _at(key(row)), reverse=True)
    backwards = cut.before is not None
    shown = rows[-cut.limit :] if backwards else rows[: cut.limit]
    cut_off = len(rows) > len(shown)
    return Slice(
        rows=shown,
        first=key(shown[0]),
        last=key(shown[-1]),
        newer=stored.newer or (backwards and cut_off),
        older=stored.older or (not backwards and cut_off),
    )


def _is_in(place: tuple[datetime, str], stored: Slice[CallRow], cut: Cut) -> bool:
    """Whether a place is on the page: between its ends, or beyond an end that the list has there."""
    first, last = stored.first, stored.last
    if cut.after is not None and place >= _at(cut.after):
        return False
    if cut.before is not None and place <= _at(cut.before):
        return False
    if cut.offset and (first is None or place > _at(first)):
        return False
    if stored.older and cut.before is None and (last is None or place < _at(last)):
        return False
    return not (cut.before is not None and stored.newer and (first is None or place > _at(first)))


def _at(anchor: Anchor) -> tuple[datetime, str]:
    return anchor.at, anchor.sid


def _is_wanted(row: CallRow, wanted: CallFilter) -> bool:
    """The list's filters, on a row of no database; a live call has no end."""
    equal: tuple[tuple[str | None, str | None], ...] = (
        (wanted.to_number, row.to_number),
        (wanted.from_number, row.from_number),
        (wanted.parent_call_sid, row.parent_call_sid),
        (wanted.status, row.status),
    )
    if any(asked is not None and asked != has for asked, has in equal):
        return False
    if wanted.ended_since is not None or wanted.ended_until is not None:
        return False
    started = _within(wanted.started_since, wanted.started_until)
    return started(row.start_time)


def _within(since: datetime | None, until: datetime | None) -> Callable[[datetime | None], bool]:
    def is_within(at: datetime | None) -> bool:
        if since is None and until is None:
            return True
        return at is not None and (since is None or at >= since) and (until is None or at < until)

    return is_within
