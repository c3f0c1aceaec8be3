"""The voice process's line as an actor of the world, with a book and ports of the test's own."""

from collections.abc import Callable

from tests.kit.ids import CountingIds
from tests.kit.media_port import FakePort
from tests.kit.platform import OWN_CALL_KEY, PLATFORM, wall_of
from tests.kit.world import World
from trunkline.domain.trunk.edge.hop import HopSeal
from trunkline.domain.validation.dialogue import CodeVerdict
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.platform.setting.address import HostPort
from trunkline.platform.store.caller_id_validation import ValidationOrder
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.service.voice.line import Line
from trunkline.service.voice.placing import GatewayDoor, Placing

VOICE = ("192.0.2.70", 5070)
SHOWN = "+12025550199"


class FakeBook:
    """`line.Book`: knows one code, answers after `delay_s`, or never."""

    def __init__(self, world: World, code: str) -> None:
        self._world = world
        self.code = code
        self.delay_s: float | None = 0.05
        self.checked: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.verified: list[str] = []

    def check(self, call_sid: str, code: str, done: Callable[[CodeVerdict], None]) -> None:
        self.checked.append(code)
        verdict = CodeVerdict.RIGHT if code == self.code else CodeVerdict.WRONG
        if verdict is CodeVerdict.RIGHT:
            self.verified.append(call_sid)
        if self.delay_s is not None:
            self._world.after(self.delay_s, lambda: done(verdict))

    def fail(self, call_sid: str, reason: str) -> None:
        self.failed.append((call_sid, reason))


class Voice:
    """A line at an address of the world, with ports that remember."""

    def __init__(
        self, world: World, code: str = "271828", *, key: Secret[bytes] = OWN_CALL_KEY, door: str = "192.0.2.1:5060"
    ) -> None:
        """`door` is the address of the gateway that the seal names."""
        self.world = world
        self.book = FakeBook(world, code)
        self.ports: list[FakePort] = []
        ids = CountingIds("v")
        doors = (GatewayDoor(HostPort(*PLATFORM), door),)
        placing = Placing(doors, SHOWN, HopSeal(key, ""), ids, lambda: wall_of(world.now).timestamp())
        self.line = Line(ids, LocalAddress(*VOICE), placing, self.book, self._open, lambda: world.now, self.pump)
        world.attach(VOICE, self)

    def _open(self) -> FakePort:
        port = FakePort(local_ip=VOICE[0], local_port=40000 + 2 * len(self.ports))
        self.ports.append(port)
        return port

    def call(self, order: ValidationOrder) -> FakePort:
        """Call a number; the port of the call."""
        self.line.call(order)
        return self.ports[-1]

    def hears(self, digits: str) -> None:
        """The called one keys in digits, in the last call."""
        for digit in digits:
            told = self.ports[-1].on_digit
            assert told is not None
            told(digit)

    # ---- actor

    def receive(self, data: bytes, flow: Flow) -> None:
        self.line.receive(data, flow, self.world.now)
        self.pump()

    def transport_failed(self, flow: Flow, error: str) -> None:
        self.line.transport_failed(flow, error, self.world.now)
        self.pump()

    def advance(self) -> None:
        self.line.advance(self.world.now)
        self.pump()

    def next_deadline(self) -> Instant | None:
        return self.line.next_deadline()

    def pump(self) -> None:
        while (output := self.line.poll()) is not None:
            if isinstance(output, Transmit):
                self.world.transmit(VOICE, output.flow, output.data)
            else:
                self.line.on_event(output)

    def assert_quiet(self) -> None:
        """Nothing is left."""
        assert len(self.line) == 0
        assert self.line.is_quiet
        assert self.next_deadline() is None
        assert all(port.closed for port in self.ports)
