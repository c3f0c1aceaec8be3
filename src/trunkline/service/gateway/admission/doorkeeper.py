"""Who is listened to at all: out-of-dialog requests of banned sources meet with silence before anything is asked.

The hot path is one membership test (`suspects`); only what comes from a suspect is read here, to see what it is about.
Requests within dialogs, ACK, CANCEL and responses always pass.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from trunkline.domain.call.release_cause import (
    ACL_DENIED,
    CREDENTIALS_REJECTED,
    REGISTER_REFUSED,
    TRUNK_NOT_PERMITTED,
    ReleaseCause,
)
from trunkline.domain.trunk.address import IpAddress
from trunkline.domain.trunk.ban import PINGS, UNKNOWN, Ban, BanBook, BanReason
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.domain_name import trunk_host
from trunkline.domain.trunk.facts import TrunkFacts
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.message.uri import Uri
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.admission.admission import ROUTING_DEADLINE_S, Admission, Admitted
from trunkline.service.gateway.facts.cached_directory import CachedDirectory, FactsMissing
from trunkline.service.gateway.port import Runner

_ALWAYS_HEARD: Final = frozenset({"ACK", "CANCEL", "BYE"})
_FAILURES: Final = frozenset({CREDENTIALS_REJECTED, ACL_DENIED, REGISTER_REFUSED})
"""What decision 19 calls a failed authentication; that a trunk has none configured is no caller's fault."""
_COUNTED: Final = _FAILURES | {TRUNK_NOT_PERMITTED}


class Doorkeeper:
    """Keeps the ban book of a gateway by what the policies say of each request."""

    __slots__ = ("_book", "_directory", "_neighbours", "_runner", "_settings", "dropped", "failures", "suspects")

    def __init__(
        self,
        book: BanBook,
        directory: CachedDirectory,
        settings: RoutingSettings,
        runner: Runner,
        neighbours: frozenset[str] = frozenset(),
    ) -> None:
        """`neighbours` are the addresses of other gateways: as a source they can be forged, and hops come from them."""
        self._book = book
        self._neighbours = neighbours
        self._directory = directory
        self._settings = settings
        self._runner = runner
        self.suspects: Final = book.suspects
        """Source addresses that `turns_away` is to be asked about."""
        self.failures: dict[str, int] = {}
        """Failed authentications since the start by what was wrong: few names, each a release cause or UNKNOWN."""
        self.dropped = 0
        """Requests that met with silence for a ban."""

    # ---- at the door

    def turns_away(self, data: bytes, flow: Flow, now: Instant) -> bool:
        """Whether a message of a suspect is to be ignored. What cannot be read is the user agent's to answer."""
        try:
            message = parse(data)
        except (UnframeableMessage, MalformedMessage):
            return False
        if not isinstance(message, Request) or message.method in _ALWAYS_HEARD or message.to.tag:
            return False
        return self.shuns(message, flow, now, at_the_door=True)

    def shuns(self, request: Request, flow: Flow, now: Instant, *, at_the_door: bool = False) -> bool:
        """The same of a suspect's out-of-dialog request that has been read, and let in if not `at_the_door`."""
        ban = self._ban_on(request.method, request.uri, flow.address, now, at_the_door=at_the_door)
        if ban is None:
            return False
        ban.dropped += 1
        self.dropped += 1
        return True

    def _ban_on(self, method: str, uri: Uri, source: str, now: Instant, *, at_the_door: bool) -> Ban | None:
        book = self._book
        ban = book.of(source, PINGS, now) if method == "OPTIONS" else None
        if ban is not None:
            return ban
        host = trunk_host(uri.host, self._settings.suffix, alias=self._settings.alias)
        probing = book.of(source, UNKNOWN, now)
        if host is None:
            return probing
        try:
            known = self._directory.cached.trunks_by_domain.get(host.domain) is not None
        except FactsMissing:
            # The name may be a trunk's: it is looked up, but not as often as somebody who tries names would like.
            refused = at_the_door and probing is not None and not probing.may_look(now)
            return probing if refused else book.of(source, host.domain, now)
        return book.of(source, host.domain, now) if known else probing

    # ---- what leads to a ban

    def decided(self, request: Request, flow: Flow, admission: Admission, now: Instant) -> None:
        """The policies have spoken about an out-of-dialog request."""
        match admission:
            case Challenge(trunk=trunk):
                if trunk.domain and self._book.challenged(flow.address, trunk.domain, now):
                    self._ban(flow.address, trunk.domain, trunk, BanReason.FLOOD, now)
            case (
                Admitted(plan=TerminationPlan(trunk=TrunkFacts() as trunk))
                | Reject(recorded=True, carrier=None, trunk=TrunkFacts() as trunk)
            ):
                if trunk.domain:
                    self._book.proved(flow.address, trunk.domain)
            case Reject(recorded=False, cause=cause, trunk=TrunkFacts() as trunk):
                if request.method != "OPTIONS":
                    self._refused(flow.address, cause, trunk, now)
            case Drop():
                self._failed(flow.address, UNKNOWN, UNKNOWN, None, now)
            case _:
                return

    def unheard(self, request: Request, flow: Flow) -> None:
        """An INVITE was refused before it was judged: its credentials are believed to answer a challenge."""
        host = trunk_host(request.uri.host, self._settings.suffix, alias=self._settings.alias)
        if host is not None and request.get("proxy-authorization") is not None:
            self._book.proved(flow.address, host.domain)

    def pinged(self, flow: Flow, now: Instant) -> bool:
        """An OPTIONS out of dialog came; whether it is to be ignored (row 28)."""
        if self._book.pinged(flow.address, now):
            self._ban(flow.address, PINGS, None, BanReason.OPTIONS, now)
        return self._book.of(flow.address, PINGS, now) is not None

    def _refused(self, source: str, cause: ReleaseCause, trunk: TrunkFacts, now: Instant) -> None:
        if cause in _FAILURES and trunk.domain:
            self._failed(source, trunk.domain, cause.name, trunk, now)
        elif cause in _COUNTED:
            self._count(cause.name)

    def _failed(self, source: str, subject: str, what: str, trunk: TrunkFacts | None, now: Instant) -> None:
        self._count(what)
        if self._book.failed(source, subject, now):
            self._ban(source, subject, trunk, BanReason.AUTHENTICATION, now)

    def _count(self, what: str) -> None:
        self.failures[what] = self.failures.get(what, 0) + 1

    # ---- bans

    def _ban(self, source: str, subject: str, trunk: TrunkFacts | None, reason: BanReason, now: Instant) -> None:
        """Unless it is exempt: an address of the trunk's access list, or a carrier's."""
        address = _address(source)
        if trunk is not None and any(address in network for network in trunk.acl_networks):
            return
        if source in self._neighbours:
            return
        try:
            carriers = self._directory.cached.carrier_list.get("")
        except FactsMissing:
            # Ignored while the carriers are asked for: a slow store gives nobody more guesses.
            ban = self._book.ban(source, subject, reason, now)
            self._runner.run(
                self._directory.carriers(), ROUTING_DEADLINE_S, lambda found: self._ban_stranger(ban, found)
            )
        else:
            if not is_carrier(_address(source), carriers):
                _log_ban(self._book.ban(source, subject, reason, now))

    def _ban_stranger(self, ban: Ban, carriers: object) -> None:
        """Without the store nobody is banned who may be a carrier."""
        if isinstance(carriers, tuple) and not is_carrier(_address(ban.source), carriers):
            _log_ban(ban)
        else:
            self._book.take_back(ban)

    def vouches_for(self, source: str) -> bool:
        """Whether this is known to be a carrier's or gateway's address: the ingress guard leaves those alone."""
        try:
            return source in self._neighbours or is_carrier(
                _address(source), self._directory.cached.carrier_list.get("")
            )
        except FactsMissing:
            return False

    def lift(self, source: str) -> int:
        """Listen to a source again; how many bans it had."""
        lifted = self._book.lift(source)
        if lifted:
            logger(room="gateway").info("bans lifted", source=source, bans=lifted)
        return lifted

    def bans(self, now: Instant) -> list[Ban]:
        """All that hold."""
        return self._book.listed(now)

    @property
    def bans_begun(self) -> int:
        """Since the start."""
        return self._book.begun


def _log_ban(ban: Ban) -> None:
    logger(room="gateway").warning(
        "source banned",
        source=ban.source,
        subject=ban.subject,
        reason=ban.reason.value,
        seconds=ban.ends_at - ban.began_at,
    )


@lru_cache(4096)
def _address(source: str) -> IpAddress:
    return ip_address(source)


def is_carrier(address: IpAddress, carriers: tuple[CarrierFacts, ...]) -> bool:
    """Whether a carrier calls from there."""
    return any(address in network for carrier in carriers for network in carrier.source_networks)
