"""INVITEs of the platform's own processes: known by their seal, whoever they seem to come from."""

from collections.abc import Callable

from trunkline.domain.trunk.edge.hop import HopPlan, HopSeal
from trunkline.domain.trunk.own_call import CALL_KEY, OwnCall
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow


class OwnCalls:
    """Judges the seals of calls that the platform places for an account."""

    __slots__ = ("_seal", "_seconds")

    def __init__(self, seal: HopSeal, seconds: Callable[[Instant], float]) -> None:
        """`seconds` gives the UNIX time of an instant."""
        self._seal = seal
        self._seconds = seconds

    def claim(self, request: Request, flow: Flow, now: Instant) -> OwnCall | None:
        """The call that an INVITE begins; None for every other one, and for one whose seal is wrong."""
        value = request.get(CALL_KEY)
        if value is None or request.method != "INVITE":
            return None
        try:
            plan = HopPlan.of_request(request)
        except MalformedMessage:
            return None
        fault = self._seal.admits(plan, value, self._seconds(now))
        if fault:
            logger(room="gateway").warning("own call refused", reason=fault, source=str(flow))
            return None
        return OwnCall.of_headers(plan.headers)
