"""The whole gateway core on the fake network: a switch with fake ports, its pump and its bulkhead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.kit.facts import PFX, REALM, Facts
from tests.kit.ids import CountingIds
from tests.kit.paused import PausedRunner
from tests.kit.port import FakeLocator, FakeMedia, FakeNames, Fault, MemoryJournal, MemoryRecords
from tests.kit.world import World
from trunkline.domain.record.call_record import CallRecord
from trunkline.domain.trunk.ban import BanBook, BanRule
from trunkline.domain.trunk.edge.edges import Edges
from trunkline.domain.trunk.edge.hop import HopSeal
from trunkline.domain.trunk.limits import CallLimits
from trunkline.domain.trunk.origination.invite import Presentation
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.server import DigestServer
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.core import Identity
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admission.admission import Admissions
from trunkline.service.gateway.admission.doorkeeper import Doorkeeper
from trunkline.service.gateway.admission.own_calls import OwnCalls
from trunkline.service.gateway.call.calls import Calls, CallSettings
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.facts.cached_directory import CachedDirectory
from trunkline.service.gateway.facts.name_book import NameBook
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.reception import Reception
from trunkline.service.gateway.record.recorder import Recorder
from trunkline.service.gateway.switch import Switch
from trunkline.service.gateway.target.carrier_watch import CarrierWatch
from trunkline.service.gateway.target.edge_hop import EdgeHops, EdgeLocator, EdgeMedia

PLATFORM = ("192.0.2.1", 5060)
TRUNK_HOST = f"acme.pstn.{PFX}"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def wall_of(at: Instant) -> datetime:
    """The wall clock of the simulated platform."""
    return _EPOCH + timedelta(seconds=at)


class Peculiarities:
    """Anomalies that the user agent told of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        self.told.append((kind, detail))


OWN_CALL_KEY = Secret(b"o" * 32)
"""Of the seals on calls that the platform places itself."""


class Platform:
    """An actor of the world. Nothing is sent but by the pump, which inputs and `wake` start, as in the process."""

    def __init__(
        self,
        world: World,
        facts: Facts | None = None,
        *,
        no_answer_s: float = 60.0,
        ids: CountingIds | None = None,
        media: FakeMedia | None = None,
        journal: MemoryJournal | None = None,
        records: MemoryRecords | None = None,
        max_calls: int = 10_000,
        ban_rule: BanRule | None = None,
        address: tuple[str, int] = PLATFORM,
        edges: Edges | None = None,
        neighbours: frozenset[str] = frozenset(),
        allow_private: bool = False,
    ) -> None:
        """Ids and ports are those of a life before when they are given; `edges` as the gateway here has them."""
        self.address = address
        self.world = world
        self.facts = facts or Facts()
        self.media = media or FakeMedia(world)
        self.locator = FakeLocator(world)
        self.journal = journal or MemoryJournal()
        self.records = records or MemoryRecords()
        self.runner = PausedRunner(world, self.pump)
        self.anomalies = Peculiarities()
        self.unsent = Fault()
        """Which messages find their host gone for good; who lives there is told by `on_unsent`."""
        self.on_unsent: Callable[[Flow], None] = lambda flow: None
        self.bugs: list[Exception] = []
        self._pumping = False
        self.ids = ids = ids or CountingIds("p")
        local = LocalAddress(address[0], address[1], 5061)
        self.ua = UserAgent(ids, local, self.anomalies, identity=Identity("Twilio Gateway"))
        self.calls = Calls()
        self.settings = settings = CallSettings(
            Presentation(PFX), f"{address[0]}:{address[1]}", no_answer_s=no_answer_s, max_calls=max_calls
        )
        seal = HopSeal(Secret(b"h" * 32), f"{address[0]}:{address[1]}", wall_of(world.now).timestamp())
        hops = EdgeHops(edges or Edges("ashburn"), seal, ids, lambda at: wall_of(at).timestamp())
        locator = EdgeLocator(self.locator, hops, allow_private=allow_private)
        self.watch = CarrierWatch(self.ua, locator, lambda: world.now, wall_of, self.pump)
        means = Means(
            self.ua, self.calls, EdgeMedia(self.media), locator, self.journal, self.records,
            Recorder("192.0.2.1:5060", ids, wall_of), settings, lambda: world.now, wall_of,
            hops, self.watch, ids,
        )  # fmt: skip
        self.executor = Executor(means, self.pump)
        hosts = frozenset({address[0]})
        self.directory = CachedDirectory(self.facts)
        digest = DigestServer(REALM, "192.0.2.1:5060", Secret(b"k" * 32))
        routing = RoutingSettings(PFX, allow_private=allow_private)
        limits = CallLimits(self.calls)
        self.name_table, self.name_service = FakeNames(knows_all=True), FakeNames()
        names = NameBook(self.name_table, self.name_service, lambda: world.now)
        admissions = Admissions(
            self.directory, digest, routing, hosts, ids.number, self.runner, limits, hops, self.watch.health, names,
            OwnCalls(
                HopSeal(OWN_CALL_KEY, f"{address[0]}:{address[1]}", wall_of(world.now).timestamp()),
                lambda at: wall_of(at).timestamp(),
            ),
        )  # fmt: skip
        self.bans = BanBook(ban_rule or BanRule())
        self.doorkeeper = Doorkeeper(self.bans, self.directory, routing, self.runner, neighbours)
        reception = Reception(
            self.ua, self.calls, self.executor, admissions, self.journal, ids, settings, hosts, self.doorkeeper, hops
        )
        self.switch = Switch(self.ua, self.calls, self.executor, reception)
        world.attach(address, self)

    # ---- the pump, with the bulkhead of the endpoint

    def receive(self, data: bytes, flow: Flow) -> None:
        try:
            self.switch.receive(data, flow, self.world.now)
        except Exception as error:  # noqa: BLE001  stands for the bulkhead of the endpoint
            self._bug(error)
        self.pump()

    def transport_failed(self, flow: Flow, error: str) -> None:
        try:
            self.switch.transport_failed(flow, error, self.world.now)
        except Exception as bug:  # noqa: BLE001  as above
            self._bug(bug)
        self.pump()

    def advance(self) -> None:
        try:
            self.switch.advance(self.world.now)
        except Exception as error:  # noqa: BLE001  as above
            self._bug(error)
        self.pump()

    def next_deadline(self) -> Instant | None:
        return self.switch.next_deadline()

    def pump(self) -> None:
        if self._pumping:
            return
        self._pumping = True
        while (output := self.switch.poll()) is not None:
            if isinstance(output, Transmit):
                self._transmit(output)
                continue
            try:
                self.switch.on_event(output)
            except Exception as error:  # noqa: BLE001  as above
                self._bug(error)
        self._pumping = False

    def _transmit(self, output: Transmit) -> None:
        if self.unsent.strikes():
            target = (output.flow.address, output.flow.port)
            self.world.refusing.add(target)
            self.world.detach(target)
            self.on_unsent(output.flow)
        self.world.transmit(self.address, output.flow, output.data)

    def _bug(self, error: Exception) -> None:
        self.bugs.append(error)
        try:
            self.switch.broken(self.world.now)
        except Exception as second:  # noqa: BLE001  as above
            self.bugs.append(second)

    # ---- what it leaves

    @property
    def admitted(self) -> list[CallSid]:
        """Calls of our own: those that came in at another gateway leave their record there."""
        hops = {sid for sid, kind, fields in self.journal.entries if kind == entry.ADMITTED and fields.get("hop")}
        return [sid for sid in self.journal.of(entry.ADMITTED) if sid not in hops]

    @property
    def record(self) -> CallRecord:
        """The only record."""
        assert len(self.records.records) == 1, self.records.records
        return self.records.records[0]

    def assert_quiet(self, *, bugs: bool = False) -> None:
        """Nothing lives: no call, session, transaction, timer, job, relay session or journal; one record per call."""
        assert bugs or not self.bugs, self.bugs
        assert self.calls.ongoing == 0
        assert self.calls.channels.in_use(self.facts.carrier.sid) == 0
        assert len(self.calls) == 0, [live.call.state for live in self.calls]
        assert self.ua.session_count == 0, self.ua.sessions()
        assert self.ua.transaction_count == 0
        assert self.ua.timer_count == 0
        assert self.calls.timer_count == 0
        assert self.switch.is_quiet
        assert self.switch.next_deadline() is None
        assert not self.media.open, self.media.open
        assert not self.journal.open, self.journal.open
        assert self.runner.running == 0
        sids = [record.sid for record in self.records.records]
        assert len(sids) == len(set(sids)), "a doubled record"
        assert set(self.admitted) <= set(sids), "a call without a record"
