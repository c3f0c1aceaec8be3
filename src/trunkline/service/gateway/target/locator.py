"""Addresses of targets for the hunt: at once where no DNS is needed, else by a job."""

from collections.abc import Callable

from trunkline.domain.call.attempt import Target
from trunkline.platform.setting.log import logger
from trunkline.platform.sipnet.location import DEADLINE_S, LocationFailed, Locator
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.port import Runner
from trunkline.service.gateway.target.tls_terms import named

_SLACK_S = 1.0
"""The locator keeps its own deadline; the job's is the net below it."""


class TargetLocator:
    """`port.Locator` over `platform.sipnet.location`."""

    __slots__ = ("_locator", "_runner")

    def __init__(self, locator: Locator, runner: Runner) -> None:
        self._locator = locator
        self._runner = runner

    def locate(self, target: Target, done: Callable[[list[Flow]], None]) -> None:
        uri = parse_uri(target.request_uri)
        located = self._locator.locate_now(uri)
        if located is None:
            slack = DEADLINE_S + _SLACK_S
            self._runner.run(self._locator.locate(uri), slack, lambda found: done(named(_flows(found), uri)))
        else:
            done(named(_flows(located), uri))


def _flows(found: object) -> list[Flow]:
    """What was found; a failure of any kind is no address, and logged."""
    if isinstance(found, list):
        return found
    if isinstance(found, LocationFailed):
        logger(room="gateway").warning("target not located", name=found.name, fault=found.fault.value)
    return []
