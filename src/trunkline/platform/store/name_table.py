"""The store's table of callers' names as a source of them."""

import asyncio
from typing import Final, final

from trunkline.domain.trunk.origination.caller_name import NameUnavailable
from trunkline.kit.ids import E164
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.repository.caller_name import name_of_number

_TIMEOUT_S: Final = 0.5


@final
class NameTable:
    """Implements `domain.trunk.origination.caller_name.NameSource`."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def name_of(self, number: E164) -> str | None:
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._store.reading() as session:
                return await name_of_number(session, number)
        except (StoreUnavailable, TimeoutError) as error:
            raise NameUnavailable(str(error)) from None
