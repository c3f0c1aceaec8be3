"""Trunk domains below another trunk's domain: `*.pstn.{PFX}` of a certificate does not cover them."""

from sqlalchemy import select

from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import TrunkRow


async def nested_domains(store: Store, suffix: str) -> list[str]:
    """Stored domains with a dot before `.pstn.{PFX}`, oldest first. Raises StoreError."""
    nested = select(TrunkRow.domain_key).where(TrunkRow.domain_key.like(f"%.%.pstn.{suffix}"))
    async with store.reading() as session:
        found = await session.scalars(nested.order_by(TrunkRow.date_created, TrunkRow.sid))
        return [domain for domain in found if domain is not None]
