"""The INVITE of a call that the platform places for an account, as a gateway lets it in (ADR 9)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trunkline.domain.trunk.edge.hop import HopPlan, HopSeal
from trunkline.domain.trunk.own_call import CALL_HEADER, OwnCall
from trunkline.kit.ids import IdSource
from trunkline.platform.setting.address import HostPort
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.invite_offer import InviteOffer


@dataclass(frozen=True, slots=True)
class GatewayDoor:
    """A gateway of this host: where it is reached, and the address that it knows itself by."""

    reached_at: HostPort
    name: str


class Placing:
    """Composes and seals INVITEs."""

    __slots__ = ("_caller", "_doors", "_ids", "_seal", "_seconds")

    def __init__(
        self, doors: tuple[GatewayDoor, ...], caller: str, seal: HopSeal, ids: IdSource, seconds: Callable[[], float]
    ) -> None:
        """`caller` is the number that is shown; `seconds` gives the UNIX time."""
        self._doors = doors
        self._caller = caller
        self._seal = seal
        self._ids = ids
        self._seconds = seconds

    def invite(self, own: OwnCall, number: str, sdp: bytes) -> tuple[InviteOffer, Flow]:
        """The call to a number, and which gateway gets it: any of this host's."""
        door = self._doors[self._ids.number(len(self._doors))]
        at = door.reached_at
        target = f"sip:{number}@{at}"
        plain = InviteOffer(target, f"<sip:{self._caller}@{at}>", f"<{target}>", sdp, (own.header,))
        plan = HopPlan.of_offer(plain, redirected=False)
        seal = self._seal.seal(plan, door.name, self._ids.token(), self._seconds())
        return replace(plain, headers=((CALL_HEADER, seal), *plan.headers)), Flow("UDP", at.host, at.port)
