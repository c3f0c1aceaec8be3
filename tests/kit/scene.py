"""A stage for one test: the platform, a caller, two carrier gateways and three PBXs; quiet is asserted at its end."""

from dataclasses import replace
from ipaddress import ip_network
from types import TracebackType
from typing import Self

from tests.kit.facts import CARRIER_ONE, CARRIER_TWO, OWNED, PBX_ONE, PBX_THREE, PBX_TWO, TRUNK, Facts
from tests.kit.phone import Phone, PhoneCall, Script
from tests.kit.platform import PLATFORM, Platform
from tests.kit.wire import Wire
from tests.kit.world import World
from trunkline.protocol.sip.transaction.flow import Flow

ALICE = ("192.0.2.50", 5060)
CALLEE = "+442079460123"
LINK_S = 0.01
"""How long every packet takes, unless the wire says otherwise."""


def open_facts() -> Facts:
    """A trunk that lets 192.0.2.0/24 in without digest."""
    acl = replace(
        TRUNK, has_acl=True, acl_networks=(ip_network("192.0.2.0/24"),), has_credentials=False, credentials={}
    )
    return Facts(trunk=acl)


class Scene:
    """Use as `with Scene(...) as scene:`; leaving asserts that everybody is quiet and all ledgers agree."""

    def __init__(
        self,
        *scripts: Script,
        wire: Wire | None = None,
        facts: Facts | None = None,
        origination: bool = False,
        no_answer_s: float = 60.0,
        seed: int = 0,
        bugs: bool = False,
        max_calls: int = 10_000,
    ) -> None:
        """`scripts` are those of the carrier's gateways, or of the PBXs for an origination scene, in order."""
        self.world = World(wire)
        self.platform = Platform(self.world, facts, no_answer_s=no_answer_s, max_calls=max_calls)
        self.origination = origination
        self.bugs = bugs
        self.alice = Phone(self.world, CARRIER_ONE if origination else ALICE, "a", seed=seed)
        addresses = (PBX_ONE, PBX_TWO, PBX_THREE) if origination else (CARRIER_ONE, CARRIER_TWO)
        given = list(scripts) + [Script()] * (len(addresses) - len(scripts))
        self.callees = [
            Phone(self.world, address, f"b{at}", script, seed + 1 + at)
            for at, (address, script) in enumerate(zip(addresses, given, strict=False))
        ]

    @property
    def callee(self) -> Phone:
        """The first one that the platform tries."""
        return self.callees[0]

    @property
    def phones(self) -> list[Phone]:
        return [self.alice, *self.callees]

    def dial(self, script: Script | None = None, number: str = "", transport: str = "UDP") -> PhoneCall:
        """Alice calls."""
        if self.origination:
            return self.alice.dial(
                number or OWNED, script, caller="+442079460199", host=PLATFORM[0], transport=transport
            )
        return self.alice.dial(number or CALLEE, script, transport=transport)

    def kill(self, flow: Flow) -> None:
        """The host of that flow has gone."""
        for phone in self.phones:
            phone.dead = phone.dead or phone.address == (flow.address, flow.port)

    def run(self, seconds: float) -> None:
        self.world.run(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.world.settle()
            self.assert_quiet()

    def assert_quiet(self) -> None:
        """Nothing lives anywhere, and every phone knows that its calls are over."""
        self.platform.assert_quiet(bugs=self.bugs)
        for phone in self.phones:
            phone.assert_quiet()
