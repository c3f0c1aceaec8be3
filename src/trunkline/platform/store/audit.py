"""The audit log, written in the commit that it tells of: who changed what (row 150)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import LargeBinary, delete, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from trunkline.platform.setting import clock
from trunkline.platform.setting.log import redacted_text
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.change import ConfigurationSession
from trunkline.platform.store.table import (
    AccountRow,
    AuditEventRow,
    CallbackRow,
    ChangeRow,
    PhoneNumberRow,
    SettingRow,
    TrunkRow,
)

ActorType = Literal["account", "api-key", "operator"]
Verb = Literal["created", "updated", "deleted"]

LONGEST_VALUE: Final = 500
"""Characters of a value that are kept."""
_TRIM_BATCH: Final = 1_000
_SILENT: Final = (ChangeRow, AuditEventRow, CallbackRow)
_UNTOLD: Final = frozenset({"sid", "account_sid", "date_created", "date_updated"})
_NAMES: Final = {
    "default_countries": "geographic-defaults",
    "header_policy": "header-manipulation",
    "ip_acl": "ip-access-control-list",
    "phone_number": "incoming-phone-number",
    "trunk_header_policy": "trunk-header-manipulation",
    "trunk_ip_acl": "trunk-ip-access-control-list",
}
"""Tables, and values of the operator's, that the API calls by another name."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking; `sid` is None for the operator."""

    type: ActorType
    sid: str | None
    source_ip_address: str | None


_actor: ContextVar[Actor | None] = ContextVar("audit_actor", default=None)
_ids = RandomIds()


@contextmanager
def nobody_yet() -> Iterator[None]:
    """For one request: whoever asked before in this context is forgotten."""
    token = _actor.set(None)
    try:
        yield
    finally:
        _actor.reset(token)


def act_as(actor: Actor) -> None:
    """From here on in this context, changes are this actor's. What nobody asked for leaves no event."""
    _actor.set(actor)


class AuditedSession(ConfigurationSession):
    """A configuration session whose flushes leave an event for every row that somebody changed."""


@event.listens_for(AuditedSession, "before_flush")
def _write_events(session: Session, _context: Any, _instances: Any) -> None:
    if _actor.get() is None:
        return
    touched = [(row, "created") for row in session.new] + [(row, "deleted") for row in session.deleted]
    touched += [(row, "updated") for row in session.dirty if session.is_modified(row)]
    for row, verb in touched:
        if isinstance(row, _SILENT):
            continue
        changes = _changes(row, verb)
        if changes or verb != "updated":
            session.add(_event(session, row, _verb(row, verb), changes))


def tell(session: AsyncSession, row: Any, verb: Verb, changes: Mapping[str, Any] | None = None) -> None:
    """Adds the event of a row that no configuration session holds, such as a record or a live call."""
    if _actor.get() is not None:
        session.add(_event(session.sync_session, row, verb, changes or {}))


def _event(session: Session, row: Any, verb: str, changes: Mapping[str, Any]) -> AuditEventRow:
    actor = _actor.get()
    if actor is None:
        raise TypeError("an event has an actor")
    resource = _resource(row)
    return AuditEventRow(
        sid=_ids.sid("AE"),
        account_sid=_account_of(session, row, verb),
        actor_sid=actor.sid,
        actor_type=actor.type,
        event_type=f"{resource}.{verb}",
        resource_type=resource,
        resource_sid=next((sid for name in _KEYS if (sid := getattr(row, name, None))), None),
        source_ip_address=actor.source_ip_address,
        date_created=clock.wall(),
        event_data=dict(changes),
    )


def _resource(row: Any) -> str:
    """What the API calls the row's table; a value of the operator's has the name of its own."""
    name: str = row.key if isinstance(row, SettingRow) else row.__tablename__
    return _NAMES.get(name, name.replace("_", "-"))


_KEYS: Final = ("sid", "trunk_sid", "carrier_sid", "call_sid")
"""What an event is about: the row itself, or the trunk, carrier or call that it belongs to."""


def _account_of(session: Session, row: Any, verb: str) -> str | None:
    """Whose log: a new account stands in its parent's, a released number in that of who had it."""
    if isinstance(row, AccountRow):
        return row.parent_sid or row.sid if verb == "created" else row.sid
    if isinstance(row, PhoneNumberRow) and row.account_sid is None:
        gone: str | None = next(iter(inspect(row).attrs.account_sid.history.deleted or ()), None)
        return gone
    own: str | None = getattr(row, "account_sid", None)
    trunk_sid = getattr(row, "trunk_sid", None)
    if own is None and trunk_sid is not None and not isinstance(row, PhoneNumberRow):
        with session.no_autoflush:
            trunk = session.get(TrunkRow, trunk_sid)
        return None if trunk is None else trunk.account_sid
    return own


def _verb(row: Any, verb: str) -> str:
    """A number is bought and released by a change of its account; while nobody has it, it is stock."""
    if isinstance(row, PhoneNumberRow) and verb == "updated":
        history = inspect(row).attrs.account_sid.history
        if history.has_changes() and None in (row.account_sid, *(history.deleted or ())):
            return "deleted" if row.account_sid is None else "created"
    return verb


def _changes(row: Any, verb: str) -> dict[str, Any]:
    """What changed by column. A secret only shows that it changed, under one name for all of a row's."""
    told: dict[str, Any] = {}
    state = inspect(row)
    for column in state.mapper.column_attrs:
        name = column.key
        history = state.attrs[name].history
        if name in _UNTOLD or (verb == "updated" and not history.has_changes()):
            continue
        now = getattr(row, name)
        if isinstance(column.columns[0].type, LargeBinary):
            if verb == "updated" or now is not None:
                told["secret"] = {"previous" if verb == "deleted" else "updated": "***"}
            continue
        if verb == "updated":
            before = next(iter(history.deleted or ()), None)
            if before != now:
                told[name] = {"previous": _shown(before), "updated": _shown(now)}
        elif now is not None:
            told[name] = {"updated" if verb == "created" else "previous": _shown(now)}
    return told


def _shown(value: Any) -> Any:
    """Plain, short, and without the credentials of a URL."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return [_shown(item) for item in value[:LONGEST_VALUE]]
    return redacted_text(str(value))[:LONGEST_VALUE]


async def trim_audit(session: AsyncSession, before: datetime) -> bool:
    """Drops up to 1000 events older than `before`; True while there are more. The caller commits."""
    oldest = select(AuditEventRow.sid).where(AuditEventRow.date_created < before).limit(_TRIM_BATCH)
    found = list(await session.scalars(oldest))
    if found:
        await session.execute(delete(AuditEventRow).where(AuditEventRow.sid.in_(found)))
    return len(found) == _TRIM_BATCH
