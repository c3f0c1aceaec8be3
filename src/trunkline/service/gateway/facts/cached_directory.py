"""Facts of the store as the gateway keeps them: bounded, and dropped when the change feed names them.

Facts stay as they are while the store is away: calls go on from what is known (goals 12).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from typing import Any, Final, Generic, TypeVar

from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.facts import AccountFacts, CallerIdStatus, NumberFacts, Risk, TrunkDirectory, TrunkFacts
from trunkline.kit.ids import E164, AccountSid, TrunkSid

CAPACITY: Final = 20_000
K = TypeVar("K")
V = TypeVar("V")


class FactsMissing(Exception):
    """What was asked for is not to be had without waiting."""


class _Cache(Generic[K, V]):
    """Least recently used values, None included: that something does not exist is a fact as well."""

    __slots__ = ("_capacity", "_values")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V:
        """Raises FactsMissing."""
        try:
            value = self._values[key]
        except KeyError:
            raise FactsMissing from None
        self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        self._values[key] = value
        if len(self._values) > self._capacity:
            self._values.popitem(last=False)
        return value

    def drop(self, key: K) -> None:
        self._values.pop(key, None)

    def clear(self) -> None:
        self._values.clear()

    def items(self) -> list[tuple[K, V]]:
        return list(self._values.items())

    def __len__(self) -> int:
        return len(self._values)


class CachedView:
    """The cache alone, as a TrunkDirectory that never waits: what is not there raises FactsMissing."""

    __slots__ = (
        "accounts",
        "block_list",
        "caller_ids",
        "carrier_list",
        "numbers",
        "risk_list",
        "trunks_by_domain",
        "trunks_by_sid",
    )

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.trunks_by_domain: _Cache[str, TrunkFacts | None] = _Cache(capacity)
        self.trunks_by_sid: _Cache[TrunkSid, TrunkFacts | None] = _Cache(capacity)
        self.accounts: _Cache[AccountSid, AccountFacts | None] = _Cache(capacity)
        self.numbers: _Cache[E164, NumberFacts | None] = _Cache(capacity)
        self.caller_ids: _Cache[tuple[AccountSid, E164], CallerIdStatus] = _Cache(capacity)
        self.carrier_list: _Cache[str, tuple[CarrierFacts, ...]] = _Cache(1)
        self.block_list: _Cache[str, frozenset[str]] = _Cache(1)
        self.risk_list: _Cache[str, Mapping[str, Risk]] = _Cache(1)

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        return self.trunks_by_domain.get(domain)

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None:
        return self.trunks_by_sid.get(sid)

    async def account(self, sid: AccountSid) -> AccountFacts | None:
        return self.accounts.get(sid)

    async def number(self, number: E164) -> NumberFacts | None:
        return self.numbers.get(number)

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus:
        return self.caller_ids.get((account_sid, number))

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        return self.carrier_list.get("")

    async def blocked_prefixes(self) -> frozenset[str]:
        return self.block_list.get("")

    async def risks(self) -> Mapping[str, Risk]:
        return self.risk_list.get("")


class CachedDirectory:
    """A TrunkDirectory over `source` that fills the cache; `cached` is the cache alone."""

    __slots__ = ("_generation", "_source", "cached")

    def __init__(self, source: TrunkDirectory, capacity: int = CAPACITY) -> None:
        self._source = source
        self._generation = 0
        self.cached = CachedView(capacity)

    async def _fill(self, cache: _Cache[K, V], key: K, look_up: Awaitable[V]) -> V:
        """Keep what the store says, unless a change was told meanwhile: it may be of before that change."""
        generation = self._generation
        value = await look_up
        return cache.put(key, value) if generation == self._generation else value

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        try:
            return self.cached.trunks_by_domain.get(domain)
        except FactsMissing:
            return await self._fill(self.cached.trunks_by_domain, domain, self._source.trunk_by_domain(domain))

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None:
        try:
            return self.cached.trunks_by_sid.get(sid)
        except FactsMissing:
            return await self._fill(self.cached.trunks_by_sid, sid, self._source.trunk_by_sid(sid))

    async def account(self, sid: AccountSid) -> AccountFacts | None:
        try:
            return self.cached.accounts.get(sid)
        except FactsMissing:
            return await self._fill(self.cached.accounts, sid, self._source.account(sid))

    async def number(self, number: E164) -> NumberFacts | None:
        try:
            return self.cached.numbers.get(number)
        except FactsMissing:
            return await self._fill(self.cached.numbers, number, self._source.number(number))

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus:
        key = (account_sid, number)
        try:
            return self.cached.caller_ids.get(key)
        except FactsMissing:
            return await self._fill(self.cached.caller_ids, key, self._source.caller_id_status(account_sid, number))

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        try:
            return self.cached.carrier_list.get("")
        except FactsMissing:
            return await self._fill(self.cached.carrier_list, "", self._source.carriers())

    async def blocked_prefixes(self) -> frozenset[str]:
        try:
            return self.cached.block_list.get("")
        except FactsMissing:
            return await self._fill(self.cached.block_list, "", self._source.blocked_prefixes())

    async def risks(self) -> Mapping[str, Risk]:
        try:
            return self.cached.risk_list.get("")
        except FactsMissing:
            return await self._fill(self.cached.risk_list, "", self._source.risks())

    # ---- the change feed (design, decision 18)

    def changed(self, kind: str, sid: str, key: str | None) -> None:
        """Forget what a change touches; an unknown kind forgets everything.

        A trunk may have been created under a domain, or a number bought, that was asked for in vain before: names
        that led nowhere go with every such change.
        """
        self._generation += 1
        cached = self.cached
        match kind:
            case "account":
                cached.accounts.clear()  # what a parent is holds for the accounts below it
                cached.caller_ids.clear()
            case "trunk":
                self._forget_trunk(TrunkSid(sid), key)
            case "number" | "caller_id":
                if key is None:
                    cached.numbers.clear()
                else:
                    cached.numbers.drop(E164(key))
                cached.caller_ids.clear()
            case "carrier":
                cached.carrier_list.clear()
            case "blocked":
                cached.block_list.clear()
            case "number_range":
                cached.risk_list.clear()
                cached.caller_ids.clear()
            case _:
                self.forget_all()

    def _forget_trunk(self, sid: TrunkSid, key: str | None) -> None:
        cached = self.cached
        cached.trunks_by_sid.drop(sid)
        for domain, facts in cached.trunks_by_domain.items():
            if facts is None or facts.sid == sid or domain == key:
                cached.trunks_by_domain.drop(domain)

    def forget_all(self) -> None:
        cached = self.cached
        caches: tuple[_Cache[Any, Any], ...] = (
            cached.trunks_by_domain,
            cached.trunks_by_sid,
            cached.accounts,
            cached.numbers,
            cached.caller_ids,
            cached.carrier_list,
            cached.block_list,
            cached.risk_list,
        )
        for cache in caches:
            cache.clear()
