"""Use cases that put lists and numbers on a trunk and take them off again (row 135)."""

from trunkline.platform.store.repository.access import (
    find_acl_mapping,
    find_credential_list,
    find_ip_acl,
    find_list_mapping,
)
from trunkline.platform.store.repository.number import number_of
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import (
    CredentialListRow,
    IpAclRow,
    PhoneNumberRow,
    TrunkCredentialListRow,
    TrunkIpAclRow,
)
from trunkline.service.control.provisioning.refusal import NotFound, Refusal
from trunkline.service.control.provisioning.workbench import Workbench


async def _require_trunk(session: DbSession, account_sid: str, sid: str) -> None:
    if await find_trunk(session, account_sid, sid) is None:
        raise NotFound


async def associate_credential_list(
    bench: Workbench, account_sid: str, trunk_sid: str, list_sid: str
) -> tuple[TrunkCredentialListRow, CredentialListRow]:
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        credential_list = await find_credential_list(session, account_sid, list_sid)
        if credential_list is None:
            raise NotFound
        if await find_list_mapping(session, trunk_sid, list_sid) is not None:
            raise Refusal(21245, "The credential list is associated with this trunk already")
        mapping = TrunkCredentialListRow(trunk_sid=trunk_sid, credential_list_sid=list_sid, date_created=bench.wall())
        session.add(mapping)
        await session.commit()
    return mapping, credential_list


async def dissociate_credential_list(bench: Workbench, account_sid: str, trunk_sid: str, list_sid: str) -> None:
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        mapping = await find_list_mapping(session, trunk_sid, list_sid)
        if mapping is None:
            raise NotFound
        await session.delete(mapping)
        await session.commit()


async def associate_ip_acl(
    bench: Workbench, account_sid: str, trunk_sid: str, acl_sid: str
) -> tuple[TrunkIpAclRow, IpAclRow]:
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        acl = await find_ip_acl(session, account_sid, acl_sid)
        if acl is None:
            raise NotFound
        if await find_acl_mapping(session, trunk_sid, acl_sid) is not None:
            raise Refusal(21245, "The IP access control list is associated with this trunk already")
        mapping = TrunkIpAclRow(trunk_sid=trunk_sid, ip_acl_sid=acl_sid, date_created=bench.wall())
        session.add(mapping)
        await session.commit()
    return mapping, acl


async def dissociate_ip_acl(bench: Workbench, account_sid: str, trunk_sid: str, acl_sid: str) -> None:
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        mapping = await find_acl_mapping(session, trunk_sid, acl_sid)
        if mapping is None:
            raise NotFound
        await session.delete(mapping)
        await session.commit()


async def associate_number(bench: Workbench, account_sid: str, trunk_sid: str, number_sid: str) -> PhoneNumberRow:
    """Moves the number here from another trunk if it has one; on this trunk already: 21245."""
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        number = await number_of(session, account_sid, number_sid)
        if number is None:
            raise NotFound
        if number.trunk_sid == trunk_sid:
            raise Refusal(21245, "The phone number is associated with this trunk already")
        refuse_emergency(number)
        # A trunk and a voice application exclude each other (row 143).
        number.trunk_sid, number.voice_application_sid = trunk_sid, None
        number.date_updated = bench.wall()
        await session.commit()
    return number


async def dissociate_number(bench: Workbench, account_sid: str, trunk_sid: str, number_sid: str) -> None:
    """The account keeps the number."""
    async with bench.store.writing() as session:
        await _require_trunk(session, account_sid, trunk_sid)
        number = await number_of(session, account_sid, number_sid)
        if number is None or number.trunk_sid != trunk_sid:
            raise NotFound
        refuse_emergency(number)
        number.trunk_sid, number.date_updated = None, bench.wall()
        await session.commit()


def refuse_emergency(number: PhoneNumberRow) -> None:
    """21634: a number that emergency calls are answered on stays where it is (row 5)."""
    if number.emergency_status == "Active":
        raise Refusal(21634, f"{number.phone_number} is enabled for emergency calling")
