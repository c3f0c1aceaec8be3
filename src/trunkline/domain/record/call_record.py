"""The record of one call (CDR): exactly one, made when the call enters RELEASED (design, decision 9)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trunkline.domain.call.release_cause import CallStatus, Party, ReleaseCause, call_status
from trunkline.domain.record.attempt import CallAttempt, attempt_from_json, attempt_to_json
from trunkline.domain.record.cause_codec import cause_from_json, cause_to_json
from trunkline.domain.record.json_field import (
    VERSION,
    JsonObject,
    JsonValue,
    check_version,
    flag,
    member,
    member_or_none,
    nested,
    nested_or_none,
    rows,
    text,
    text_or_none,
    wall,
    wall_or_none,
    whole_or_none,
    written_wall,
)
from trunkline.domain.record.media_statistics import MediaStatistics, media_from_json, media_to_json
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierSid
from trunkline.domain.trunk.facts import NumberSid
from trunkline.kit.ids import AccountSid, CallSid, TrunkSid


class Direction(StrEnum):
    """sip.md 12.3."""

    TERMINATING = "trunking-terminating"
    """Customer to carrier."""
    ORIGINATING = "trunking-originating"
    """Carrier to customer."""


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """Times are aware wall-clock times, stamped by the shell; None = that milestone was not reached.

    Immutable by convention, since a frozen dataclass of this size costs several times as much to make.
    """

    sid: CallSid
    account_sid: AccountSid
    trunk_sid: TrunkSid | None
    direction: Direction
    from_number: str
    """The caller: E.164, `anonymous`, or what the carrier gave."""
    to_number: str
    """The number that was dialled, E.164."""
    to_uri: str | None = None
    """R-URI of the last attempt; the `To` of an originating call."""
    number_sid: NumberSid | None = None
    """The account's number in the call: the dialled one of an originating call, the caller's of a terminating one."""
    parent_call_sid: CallSid | None = None
    caller_name: str | None = None
    cnam_lookups: int = 0
    """Look-ups of it that are charged (row 69)."""
    invited_at: datetime
    trying_at: datetime | None = None
    """First 100 from the far end."""
    ringing_at: datetime | None = None
    """First 18x from the far end."""
    answered_at: datetime | None = None
    released_at: datetime
    cause: ReleaseCause
    released_by: Party
    """The side whose BYE, CANCEL or final answer ended it."""
    interrupted: bool = False
    """The gateway died during the call; `released_at` is then its best knowledge."""
    edge: str | None = None
    gateway: str
    """Our gateway's address, `host:port`."""
    carrier_sid: CarrierSid | None = None
    carrier_gateway: str | None = None
    """`host:port` of the carrier's side."""
    source_address: str
    """`host:port` that sent the INVITE."""
    inbound_transport: Transport
    outbound_transport: Transport | None = None
    secure_media: bool = False
    codec: str | None = None
    inbound_media: MediaStatistics | None = None
    outbound_media: MediaStatistics | None = None
    inbound_sip_call_id: str
    outbound_sip_call_id: str | None = None
    """Of the answered attempt, else of the last one."""
    attempts: tuple[CallAttempt, ...] = ()

    @property
    def status(self) -> CallStatus:
        return call_status(self.cause, self.answered_at is not None)

    @property
    def duration_s(self) -> float:
        """Answer to release; 0.0 for a call that nobody answered."""
        return 0.0 if self.answered_at is None else max(0.0, (self.released_at - self.answered_at).total_seconds())

    @property
    def pdd_ms(self) -> int | None:
        """Post-dial delay: INVITE to the first ringing, or to the answer where nothing rang."""
        heard_at = self.ringing_at or self.answered_at
        return None if heard_at is None else max(0, round((heard_at - self.invited_at).total_seconds() * 1000))


def _media(source: JsonObject, key: str) -> MediaStatistics | None:
    found = nested_or_none(source, key)
    return None if found is None else media_from_json(found)


def record_to_json(record: CallRecord) -> dict[str, JsonValue]:
    """A dict of plain types for the journal; `record_from_json` reads it back to an equal record."""
    return {
        "v": VERSION,
        "sid": record.sid,
        "account_sid": record.account_sid,
        "trunk_sid": record.trunk_sid,
        "direction": record.direction.value,
        "from_number": record.from_number,
        "to_number": record.to_number,
        "to_uri": record.to_uri,
        "number_sid": record.number_sid,
        "parent_call_sid": record.parent_call_sid,
        "caller_name": record.caller_name,
        "cnam_lookups": record.cnam_lookups,
        "invited_at": written_wall(record.invited_at),
        "trying_at": written_wall(record.trying_at),
        "ringing_at": written_wall(record.ringing_at),
        "answered_at": written_wall(record.answered_at),
        "released_at": written_wall(record.released_at),
        "cause": cause_to_json(record.cause),
        "released_by": record.released_by.value,
        "interrupted": record.interrupted,
        "edge": record.edge,
        "gateway": record.gateway,
        "carrier_sid": record.carrier_sid,
        "carrier_gateway": record.carrier_gateway,
        "source_address": record.source_address,
        "inbound_transport": record.inbound_transport.value,
        "outbound_transport": None if record.outbound_transport is None else record.outbound_transport.value,
        "secure_media": record.secure_media,
        "codec": record.codec,
        "inbound_media": None if record.inbound_media is None else media_to_json(record.inbound_media),
        "outbound_media": None if record.outbound_media is None else media_to_json(record.outbound_media),
        "inbound_sip_call_id": record.inbound_sip_call_id,
        "outbound_sip_call_id": record.outbound_sip_call_id,
        "attempts": [attempt_to_json(attempt) for attempt in record.attempts],
    }


def record_from_json(source: JsonObject) -> CallRecord:
    """Raises MalformedRecord."""
    check_version(source)
    trunk_sid, number_sid = text_or_none(source, "trunk_sid"), text_or_none(source, "number_sid")
    parent_sid, carrier_sid = text_or_none(source, "parent_call_sid"), text_or_none(source, "carrier_sid")
    return CallRecord(
        sid=CallSid(text(source, "sid")),
        account_sid=AccountSid(text(source, "account_sid")),
        trunk_sid=None if trunk_sid is None else TrunkSid(trunk_sid),
        direction=member(source, "direction", Direction),
        from_number=text(source, "from_number"),
        to_number=text(source, "to_number"),
        to_uri=text_or_none(source, "to_uri"),
        number_sid=None if number_sid is None else NumberSid(number_sid),
        parent_call_sid=None if parent_sid is None else CallSid(parent_sid),
        caller_name=text_or_none(source, "caller_name"),
        cnam_lookups=whole_or_none(source, "cnam_lookups") or 0,
        invited_at=wall(source, "invited_at"),
        trying_at=wall_or_none(source, "trying_at"),
        ringing_at=wall_or_none(source, "ringing_at"),
        answered_at=wall_or_none(source, "answered_at"),
        released_at=wall(source, "released_at"),
        cause=cause_from_json(nested(source, "cause")),
        released_by=member(source, "released_by", Party),
        interrupted=flag(source, "interrupted"),
        edge=text_or_none(source, "edge"),
        gateway=text(source, "gateway"),
        carrier_sid=None if carrier_sid is None else CarrierSid(carrier_sid),
        carrier_gateway=text_or_none(source, "carrier_gateway"),
        source_address=text(source, "source_address"),
        inbound_transport=member(source, "inbound_transport", Transport),
        outbound_transport=member_or_none(source, "outbound_transport", Transport),
        secure_media=flag(source, "secure_media"),
        codec=text_or_none(source, "codec"),
        inbound_media=_media(source, "inbound_media"),
        outbound_media=_media(source, "outbound_media"),
        inbound_sip_call_id=text(source, "inbound_sip_call_id"),
        outbound_sip_call_id=text_or_none(source, "outbound_sip_call_id"),
        attempts=tuple(attempt_from_json(row) for row in rows(source, "attempts")),
    )
