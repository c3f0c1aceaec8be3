"""Use cases of trunks (rows 2-12): at most 100 for each account, domains unique over all accounts."""

from typing import Final, Literal, TypedDict

from trunkline.domain.trunk.domain_name import new_domain, parent_domain
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.number import all_trunk_numbers
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import count_trunks, find_trunk, has_sub_domains, trunk_with_domain
from trunkline.platform.store.repository.voice_route import forget_voice_route
from trunkline.platform.store.table import TrunkRow
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_url
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.trunking.association import refuse_emergency
from trunkline.service.control.provisioning.workbench import Workbench

MOST_TRUNKS: Final = 100

RecordingMode = Literal[
    "do-not-record",
    "record-from-ringing",
    "record-from-answer",
    "record-from-ringing-dual",
    "record-from-answer-dual",
]
RecordingTrim = Literal["trim-silence", "do-not-trim"]


class TrunkFields(TypedDict, total=False):
    friendly_name: str | None
    domain_name: str | None
    disaster_recovery_url: str | None
    disaster_recovery_method: Literal["GET", "POST"]
    transfer_mode: Literal["disable-all", "enable-all", "sip-only"]
    transfer_caller_id: Literal["from-transferee", "from-transferor"]
    secure: bool
    cnam_lookup_enabled: bool
    symmetric_rtp_enabled: bool


async def create_trunk(bench: Workbench, account_sid: str, fields: TrunkFields) -> TrunkRow:
    """21244 for the 101st; the domain's errors are those of `_give_domain`."""
    now = bench.wall()
    async with bench.store.writing() as session:
        if await count_trunks(session, account_sid) >= MOST_TRUNKS:
            raise Refusal(21244, f"An account has at most {MOST_TRUNKS} trunks")
        row = TrunkRow(sid=bench.ids.sid("TK"), account_sid=account_sid, date_created=now, date_updated=now)
        await _apply(bench, session, row, fields)
        session.add(row)
        await session.commit()
    return row


async def update_trunk(bench: Workbench, account_sid: str, sid: str, fields: TrunkFields) -> TrunkRow:
    """Only what was sent changes; an empty string clears (row 3)."""
    async with bench.store.writing() as session:
        row = existing(await find_trunk(session, account_sid, sid))
        await _apply(bench, session, row, fields)
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def set_recording(
    bench: Workbench, account_sid: str, sid: str, mode: RecordingMode | None, trim: RecordingTrim | None
) -> TrunkRow:
    async with bench.store.writing() as session:
        row = existing(await find_trunk(session, account_sid, sid))
        row.recording_mode = mode or row.recording_mode
        row.recording_trim = trim or row.recording_trim
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_trunk(bench: Workbench, account_sid: str, sid: str) -> None:
    """Takes its origination URLs and associations with it; its numbers stay the account's (row 4).

    21247 while a sub-domain of its domain is a trunk's, 21634 while a number of it answers emergency calls.
    """
    async with bench.store.writing() as session:
        row = existing(await find_trunk(session, account_sid, sid))
        await _refuse_orphans(session, row)
        numbers = await all_trunk_numbers(session, sid)
        for number in numbers:
            refuse_emergency(number)
        for number in numbers:
            number.trunk_sid, number.date_updated = None, bench.wall()
        await forget_voice_route(session, sid)
        await session.delete(row)
        await session.commit()


async def _apply(bench: Workbench, session: DbSession, row: TrunkRow, fields: TrunkFields) -> None:
    # The domain first: its look-ups would otherwise flush a half-made row.
    if "domain_name" in fields:
        await _give_domain(bench, session, row, fields["domain_name"])
    if "friendly_name" in fields:
        row.friendly_name = check_friendly_name(fields["friendly_name"])
    if "disaster_recovery_url" in fields:
        row.disaster_recovery_url = check_url("DisasterRecoveryUrl", fields["disaster_recovery_url"])
    row.disaster_recovery_method = fields.get("disaster_recovery_method", row.disaster_recovery_method)
    row.transfer_mode = fields.get("transfer_mode", row.transfer_mode)
    row.transfer_caller_id = fields.get("transfer_caller_id", row.transfer_caller_id)
    row.secure = fields.get("secure", row.secure)
    row.cnam_lookup_enabled = fields.get("cnam_lookup_enabled", row.cnam_lookup_enabled)
    row.symmetric_rtp_enabled = fields.get("symmetric_rtp_enabled", row.symmetric_rtp_enabled)


async def _give_domain(bench: Workbench, session: DbSession, row: TrunkRow, name: str | None) -> None:
    """Rows 9-11: 21245 for a bad name, 21248 for a taken one, 21247 where sub-domains stand against it."""
    key = None
    if name:
        key = new_domain(name, bench.domain, alias=bench.accept_twilio_domain)
        if key is None:
            raise Refusal(21245, f"DomainName must be letters, digits and dashes, and end in .pstn.{bench.domain}")
    if key != row.domain_key:
        await _refuse_orphans(session, row)
        if key is not None:
            await _refuse_taken(session, key)
            await _require_parent(bench, session, row.account_sid, key)
    row.domain_name, row.domain_key = (name or None), key


async def _refuse_taken(session: DbSession, key: str) -> None:
    if await trunk_with_domain(session, key) is not None:
        raise Refusal(21248, "DomainName is taken")


async def _require_parent(bench: Workbench, session: DbSession, account_sid: str, key: str) -> None:
    """`a.b` needs `b` to be a trunk of the same account or of its parent (row 11)."""
    parent_key = parent_domain(key, bench.domain)
    if parent_key is None:
        return
    account = await find_account(session, account_sid)
    owners = {account_sid, account.parent_sid if account else None}
    parent = await trunk_with_domain(session, parent_key)
    if parent is None or parent.account_sid not in owners:
        raise Refusal(21247, f"DomainName needs a trunk of yours with the domain {parent_key}")


async def _refuse_orphans(session: DbSession, row: TrunkRow) -> None:
    if row.domain_key is not None and await has_sub_domains(session, row.domain_key):
        raise Refusal(21247, f"A trunk has a sub-domain of {row.domain_key}")
