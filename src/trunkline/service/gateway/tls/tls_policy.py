"""Who may speak TLS 1.0 and 1.1: callers of an account that has switched them on (row 75, sip.md 5.4).

The account is that of the trunk that SNI names, else that whose IP access control lists, and no other's, hold the
source. It is asked for at the ClientHello, and only for a caller that can do no better.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, final

from trunkline.domain.trunk.domain_name import canonical_domain
from trunkline.domain.trunk.facts import TrunkDirectory
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.ids import AccountSid, TrunkSid
from trunkline.platform.sipnet.client_hello import TLS_1_0, TLS_1_1, ClientHello
from trunkline.service.gateway.facts.cached_directory import CachedDirectory, FactsMissing
from trunkline.service.gateway.port import Runner

DEADLINE_S: Final = 1.5

_NAMES: Final = {TLS_1_0: "TLS 1.0", TLS_1_1: "TLS 1.1"}

AccountOfSource = Callable[[str], Awaitable[AccountSid | None]]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose caller it is."""

    account: AccountSid
    trunk: TrunkSid | None
    allowed: bool


@dataclass(frozen=True, slots=True)
class TooOld:
    """A handshake that was refused for its version; `said` is what the caller said, in our words."""

    account: AccountSid
    trunk: TrunkSid | None
    said: str


@final
class TlsVersionPolicy:
    """`ask` is what `GatewayTls` asks; `alarm` hears of refused callers whose account is known (32222)."""

    def __init__(
        self,
        directory: CachedDirectory,
        account_of_source: AccountOfSource,
        runner: Runner,
        settings: RoutingSettings,
        alarm: Callable[[TooOld], None],
    ) -> None:
        self._directory = directory
        self._account_of_source = account_of_source
        self._runner = runner
        self._settings = settings
        self._alarm = alarm

    def ask(self, hello: ClientHello, address: str, answer: Callable[[bool], None]) -> None:
        """At once where the facts are cached, else by a job of at most 1.5 s; without facts the answer is no."""

        def found(owner: object) -> None:
            known = owner if isinstance(owner, Owner) else None
            answer(known is not None and known.allowed)
            if known is not None and not known.allowed:
                said = f"ClientHello {_NAMES.get(hello.best_version, 'SSL')} from {address} for {hello.server_name!r}"
                self._alarm(TooOld(known.account, known.trunk, said))

        domain = canonical_domain(hello.server_name, self._settings.suffix, alias=self._settings.alias)
        if domain is not None:
            coroutine = self._owner(domain, address, self._directory.cached)
            try:
                coroutine.send(None)
            except StopIteration as stop:
                found(stop.value)
                return
            except FactsMissing:
                pass
            finally:
                coroutine.close()
        self._runner.run(self._owner(domain, address, self._directory), DEADLINE_S, found)

    async def _owner(self, domain: str | None, address: str, directory: TrunkDirectory) -> Owner | None:
        trunk = None if domain is None else await directory.trunk_by_domain(domain)
        if trunk is not None:
            sid: AccountSid | None = trunk.account_sid
        elif directory is self._directory.cached:
            raise FactsMissing  # whose source it is has to be asked for
        else:
            sid = await self._account_of_source(address)
        account = None if sid is None else await directory.account(sid)
        if account is None:
            return None
        return Owner(account.sid, None if trunk is None else trunk.sid, account.deprecated_tls)
