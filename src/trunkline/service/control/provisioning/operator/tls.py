"""Use cases of TLS: deprecated versions for an account, verification of a trunk's far side."""

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.trunk import find_any_trunk
from trunkline.platform.store.table import AccountRow, TrunkRow
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


async def allow_deprecated_tls(bench: Workbench, account_sid: str, allowed: bool) -> AccountRow:
    """TLS 1.0 and 1.1 for what the account sends and receives (row 75)."""
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        row.deprecated_tls = allowed
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def verify_far_side(bench: Workbench, trunk_sid: str, verified: bool) -> TrunkRow:
    """Whether an origination URI over TLS must show a certificate that names its host."""
    async with bench.store.writing() as session:
        row = existing(await find_any_trunk(session, trunk_sid))
        row.tls_verified = verified
        row.date_updated = bench.wall()
        await session.commit()
    return row
