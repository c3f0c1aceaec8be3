"""Use cases that put numbers on a trunk and take them off again; `access_list` does so with lists (row 135)."""

from trunkline.platform.store.repository.number import number_of
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.service.control.provisioning.refusal import NotFound, Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench


async def associate_number(bench: Workbench, account_sid: str, trunk_sid: str, number_sid: str) -> PhoneNumberRow:
    """Moves the number here from another trunk if it has one; on this trunk already: 21245."""
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        number = existing(await number_of(session, account_sid, number_sid))
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
        existing(await find_trunk(session, account_sid, trunk_sid))
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
