"""The countries that new accounts may call."""

from collections.abc import Sequence
from typing import Final

from trunkline.platform.store.repository.platform import operator_value, set_operator_value
from trunkline.platform.store.repository.session import DbSession
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.refusal import invalid
from trunkline.service.control.provisioning.workbench import Workbench

AT_FIRST: Final = ("CA", "GB", "US")
"""Until the operator says otherwise."""
_KEY: Final = "default_countries"


def check_countries(codes: Sequence[str]) -> list[str]:
    """Each once, in upper case and in order; 20001 for what is no code of ISO 3166. Empty texts are none."""
    countries = [code.upper() for code in codes if code]
    if not all(code in COUNTRY_NAMES for code in countries):
        raise invalid("Countries", "must be ISO 3166 alpha-2 codes")
    return sorted(set(countries))


async def default_countries(session: DbSession) -> list[str]:
    value = await operator_value(session, _KEY)
    return list(AT_FIRST) if value is None else value.split()


async def set_default_countries(bench: Workbench, codes: Sequence[str]) -> list[str]:
    """For accounts that are made from now on; those that there are keep theirs."""
    countries = check_countries(codes)
    async with bench.store.writing() as session:
        await set_operator_value(session, _KEY, " ".join(countries))
        await session.commit()
    return countries
