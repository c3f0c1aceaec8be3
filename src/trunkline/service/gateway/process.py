"""The gateway process of one address: sockets, relay client, store, journal and admin socket around the switch."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

import uvloop

from trunkline.domain.call.release_cause import SHUT_DOWN
from trunkline.domain.trunk.ban import BanBook, BanRule
from trunkline.domain.trunk.edge.edges import Edges
from trunkline.domain.trunk.edge.hop import HopSeal
from trunkline.domain.trunk.origination.invite import Presentation
from trunkline.domain.trunk.own_call import CALL_PURPOSE
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.journal.errors import JournalError
from trunkline.platform.journal.journal import CallJournal
from trunkline.platform.journal.upkeep import keep
from trunkline.platform.media.ng_client import NgClient
from trunkline.platform.setting import clock
from trunkline.platform.setting.descriptors import raise_file_limit
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.log import logger, start_logging
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import GatewaySettings, Settings
from trunkline.platform.setting.supervision import tell_ready
from trunkline.platform.sipnet.dns_lookup import DnsLookup
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.hosts import read_hosts
from trunkline.platform.sipnet.ingress import IngressGuard
from trunkline.platform.sipnet.location import Locator
from trunkline.platform.sipnet.stream import StreamLimits
from trunkline.platform.store.change import latest_change
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.feed import ChangeFeed
from trunkline.platform.store.first_account import digest_realm, open_vault
from trunkline.platform.store.name_table import NameTable
from trunkline.platform.store.nested_domain import nested_domains
from trunkline.platform.store.record_writer import write_records
from trunkline.platform.store.source_account import account_of_source
from trunkline.protocol.sip.digest.server import DigestMode, DigestServer
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.core import Identity
from trunkline.protocol.sip.ua.event import UaEvent
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admin.admin import Admin
from trunkline.service.gateway.admin.meter import Meter
from trunkline.service.gateway.admission.admission import Admissions
from trunkline.service.gateway.admission.doorkeeper import Doorkeeper
from trunkline.service.gateway.admission.limiter import open_limiter, shares
from trunkline.service.gateway.admission.load import TICK_S, Load
from trunkline.service.gateway.admission.own_calls import OwnCalls
from trunkline.service.gateway.aftermath import Aftermath
from trunkline.service.gateway.call.calls import Calls, CallSettings
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.facts.cached_directory import CachedDirectory
from trunkline.service.gateway.facts.feed import follow
from trunkline.service.gateway.facts.name_book import NameBook
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.journal.outbox import Outbox
from trunkline.service.gateway.reception import Reception
from trunkline.service.gateway.record.recorder import Recorder
from trunkline.service.gateway.recovery import Recovery
from trunkline.service.gateway.relay.relay_media import RelayMedia
from trunkline.service.gateway.relay.relay_watch import RelayWatch
from trunkline.service.gateway.runner import JobRunner
from trunkline.service.gateway.switch import Switch
from trunkline.service.gateway.target.carrier_watch import CarrierWatch
from trunkline.service.gateway.target.edge_hop import EdgeHops, EdgeLocator, EdgeMedia
from trunkline.service.gateway.target.locator import TargetLocator
from trunkline.service.gateway.tls.certificate_upkeep import CertificateUpkeep
from trunkline.service.gateway.tls.tls_contexts import GatewayTls
from trunkline.service.gateway.tls.tls_policy import TlsVersionPolicy, TooOld

if TYPE_CHECKING:
    from trunkline.platform.cnam.http_source import HttpNameSource

_GRACE_S = 8.0
"""How long the calls may take to end after the first signal."""
_HURRY_S = 0.5
"""How long each step of the end may take after a second one."""
_RECORDS_S = 1.0
"""How long the end waits for the store; what it does not take by then comes from the journal at the next start."""
_COLLECT_EVERY_S = 30.0
_FILES_KEPT = 200
"""Descriptors that are not for connections."""
_CLOCK_EVERY_S = 1.0


def run(settings: Settings, gateway: GatewaySettings) -> int:
    """Serves until SIGTERM or SIGINT, then 0; 2 when address or journal are taken or the store is not ready."""
    start_logging(settings.log_level, gateway.run_name)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, gateway))
    except StoreError as fault:
        return _refuse(f"gateway {gateway.instance}: {fault}")


def _ban_rule(settings: Settings) -> BanRule:
    return BanRule(
        failures=settings.ban_failures,
        ban_s=settings.ban_s,
        options_interval_s=settings.options_interval_s,
        options_ban_s=settings.options_ban_s,
    )


def _stream_limits(files: int) -> StreamLimits:
    """However many connect, the journal and the store find a descriptor left."""
    usual = StreamLimits()
    return replace(usual, total=max(1, min(usual.total, (files - _FILES_KEPT) // 2)))


def _refuse(reason: str) -> int:
    sys.stderr.write(f"trunkline: {reason}\n")
    return 2


class _Anomalies:
    """Peers' faults, for the log."""

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        logger(room="gateway").debug("sip anomaly", kind=kind, flow=str(flow), detail=detail)


async def _serve(settings: Settings, gateway: GatewaySettings) -> int:
    store = open_store(settings.database_url.reveal())
    try:
        async with Jobs() as jobs:
            process = GatewayProcess(settings, gateway, store, jobs)
            try:
                await process.open()
            except OSError as fault:
                where = f"{gateway.bind} and, for TLS, {gateway.tls_bind}"
                return _refuse(f"gateway cannot listen on {where}: {fault.strerror or fault} (TRUNKLINE_SIP_BIND)")
            except (StoreError, JournalError, SettingsError) as fault:
                return _refuse(f"gateway {gateway.instance}: {fault}")  # within `jobs` it would leave as a group
            await process.until_stopped()
            return 0
    finally:
        await store.close()


def _open_names(settings: Settings) -> "HttpNameSource | None":
    if settings.cnam_url is None:
        return None
    from trunkline.platform.cnam.http_source import HttpNameSource  # its HTTP client is slow to load

    return HttpNameSource(settings.cnam_url, settings.cnam_timeout_s)


class GatewayProcess:
    """Wires one gateway; nothing here decides anything."""

    def __init__(self, settings: Settings, gateway: GatewaySettings, store: Store, jobs: Jobs) -> None:
        self._settings = settings
        self._gateway = gateway
        self._store = store
        self._jobs = jobs
        self._ids = RandomIds()
        self._names = _open_names(settings)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._clock = clock.Wall()
        self._wall = self._clock.at

    async def open(self) -> None:
        """Bind, connect, take back what a life before left, and begin.

        Raises OSError for a taken address, StoreError for a store that is not ready, JournalError.
        """
        settings, gateway, ids = self._settings, self._gateway, self._ids
        vault = open_vault(settings)
        journal_key = vault.mac_key(f"journal:{gateway.run_name}")
        self._journal = journal = CallJournal.open(gateway.journal, journal_key, entry.LAZY)
        kept = journal.replay()
        self._outbox = Outbox(journal, partial(write_records, self._store))
        realm = await digest_realm(self._store)
        async with self._store.reading() as session:
            latest = await latest_change(session)
        product = settings.header_prefix.removeprefix("X-") + " Gateway"
        local = LocalAddress(gateway.advertise.host, gateway.advertise.port, gateway.tls_advertise.port)
        ua = UserAgent(ids, local, _Anomalies(), identity=Identity(product))
        calls = Calls()
        hop_seal, call_seal = (
            HopSeal(vault.mac_key(purpose), str(gateway.advertise), clock.wall().timestamp())
            for purpose in ("edge-hop", CALL_PURPOSE)
        )
        hops = EdgeHops(
            Edges(gateway.edge, settings.edges),
            hop_seal,
            ids,
            lambda at: self._wall(at).timestamp(),
            settings.domain if settings.tls.verify_edges else "",
        )
        self._media_client = NgClient(
            asyncio.get_running_loop(), [(relay.host, relay.port) for relay in settings.relays], gateway.run_name
        )
        media = RelayMedia(self._media_client, f"{gateway.run_name}-")
        runner = JobRunner(self._jobs, self._wake)
        ipv6 = ":" in gateway.bind.host
        locator = Locator(DnsLookup(clock.now), clock.now, ids.number, read_hosts(), ipv6=ipv6)
        directory = CachedDirectory(StoreDirectory(self._store, vault))
        hosts = frozenset({gateway.bind.host, gateway.advertise.host})
        call_settings = CallSettings(
            Presentation(settings.domain, settings.header_prefix, product),
            str(gateway.advertise),
            no_answer_s=settings.ring_timeout_s,
            max_duration_s=settings.max_call_s,
            media_silence_s=settings.media_silence_s,
            allow_private=settings.allow_private,
            hunt_limit_s=settings.hunt_limit_s,
            max_calls=settings.max_calls,
            overload_lag_s=settings.overload_lag_s,
        )
        target_locator = EdgeLocator(TargetLocator(locator, runner), hops, allow_private=settings.allow_private)
        watch = CarrierWatch(ua, target_locator, clock.now, self._wall, self._wake)
        recorder = Recorder(gateway.instance, ids, self._wall)
        means = Means(
            ua, calls, EdgeMedia(media), target_locator, journal, self._outbox,
            recorder, call_settings, clock.now, self._wall, hops, watch, ids,
        )  # fmt: skip
        executor = Executor(means, self._wake)
        ipv6_media = ":" in settings.rtp_interfaces[0].advertise if settings.built_in_relay else None
        routing = RoutingSettings(settings.domain, settings.twilio_alias, settings.allow_private, ipv6_media)
        limiter = open_limiter(settings, gateway, calls, self._jobs)
        calls.channels.share = shares(gateway, settings.edges)[1]
        admissions = Admissions(
            directory,
            DigestServer(
                realm,
                gateway.instance,
                vault.mac_key(f"nonce:{ids.token()}"),
                DigestMode(settings.digest),
                strict_uri=settings.digest_strict_uri,
            ),
            routing,
            hosts,
            ids.number,
            runner,
            limiter,
            hops,
            watch.health,
            NameBook(NameTable(self._store), self._names, clock.now),
            OwnCalls(call_seal, lambda at: self._wall(at).timestamp()),
        )
        neighbours = frozenset(neighbour.host for neighbour in settings.edges) - hosts
        doorkeeper = Doorkeeper(BanBook(_ban_rule(settings)), directory, routing, runner, neighbours)
        versions = TlsVersionPolicy(
            directory, partial(account_of_source, self._store), runner, routing, partial(self._too_old, recorder)
        )
        tls = GatewayTls(settings.tls.trusted, versions.ask)
        certificates = CertificateUpkeep(settings, tls, partial(nested_domains, self._store, settings.domain))
        await certificates.begin()
        reception = Reception(ua, calls, executor, admissions, journal, ids, call_settings, hosts, doorkeeper, hops)
        self._switch = Switch(ua, calls, executor, reception)
        self._endpoint = SipEndpoint(
            self._switch,
            self._on_event,
            guard=IngressGuard(doorkeeper.vouches_for),
            limits=_stream_limits(raise_file_limit()),
            in_use=ua.flows_in_use,
            contexts=tls,
            on_bug=lambda _hint: self._switch.broken(clock.now()),
        )
        journal.on_trouble = self._journal_troubled
        recovery = Recovery(ua, calls, executor, media, journal, call_settings)
        found = recovery.take_back(kept, clock.now(), journal.died_at)
        if kept:
            logger(room="gateway").warning("calls taken back", **asdict(found))
        bind = gateway.bind.host, gateway.bind.port
        self._endpoint.open([("UDP", *bind), ("TCP", *bind), ("TLS", gateway.tls_bind.host, gateway.tls_bind.port)])
        meter = Meter(self._endpoint, ua, calls, reception, self._outbox, watch.health, clock.now)
        self._admin = Admin(
            self._switch,
            calls,
            doorkeeper,
            watch,
            clock.now,
            self._wall,
            self._wake,
            meter.report,
            lambda: limiter.shared,
            {"edge": gateway.edge, "version": version("trunkline")},
        )
        await self._admin.open(settings.home.socket(gateway.run_name))
        self._jobs.spawn_service(
            partial(follow, ChangeFeed(self._store, latest), directory, certificates.wake), "change feed"
        )
        self._jobs.spawn_service(certificates.run, "certificates")
        self._jobs.spawn_service(self._collect, "garbage")
        self._jobs.spawn_service(partial(self._follow_clock, executor, (hop_seal, call_seal)), "clock")
        self._jobs.spawn_service(partial(self._watch_load, self._switch.load), "load")
        self._jobs.spawn_service(self._outbox.run, "records")
        self._jobs.spawn_service(partial(keep, journal), "journal")
        self._jobs.spawn_service(partial(watch.run, directory), "carrier watch")
        relay_watch = RelayWatch(media, calls, self._switch, clock.now, self._wake)
        self._jobs.spawn_service(relay_watch.run, "relay watch")
        Aftermath(recovery, media, calls, directory, self._wake).spawn(self._jobs)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        loop.add_signal_handler(signal.SIGHUP, certificates.wake)
        self._wake()
        tell_ready(gateway.run_name)
        logger(room="gateway").info("ready", address=gateway.instance)

    def _on_event(self, event: object) -> None:
        self._switch.on_event(cast("UaEvent", event))  # what the switch's own `poll` gave

    def _too_old(self, recorder: Recorder, found: TooOld) -> None:
        alert = recorder.too_old(found, clock.now())
        if alert is not None:
            self._outbox.deliver(None, [alert])

    def _wake(self) -> None:
        self._endpoint.pump()

    def _journal_troubled(self, trouble: str) -> None:
        self._switch.journal_troubled(trouble)
        if trouble:
            logger(room="gateway").error("journal in trouble", reason=trouble)
        else:
            logger(room="gateway").info("journal well again")

    def _signalled(self) -> None:
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def _collect(self) -> None:
        """The cyclic collector stays out of the call path (design, decision 20)."""
        gc.collect()
        gc.freeze()
        gc.disable()
        while True:
            await asyncio.sleep(_COLLECT_EVERY_S)
            gc.collect(1)

    async def _follow_clock(self, executor: Executor, seals: Iterable[HopSeal]) -> None:
        """A clock that NTP has set, or a host that has slept: the records to come have the right time."""
        while True:
            await asyncio.sleep(_CLOCK_EVERY_S)
            step = self._clock.follow()
            if step:
                executor.follow_clock()
                for seal in seals:
                    seal.clock_set(step.total_seconds())
                logger(room="gateway").warning("the system's clock was set", by_s=round(step.total_seconds(), 3))

    async def _watch_load(self, load: Load) -> None:
        """The one timer whose lag is the loop's (design, decision 19)."""
        refusing = False
        while True:
            due = clock.now() + TICK_S
            await asyncio.sleep(TICK_S)
            now = clock.now()
            load.told(max(now - due, self._endpoint.waited_s), now)
            if refusing is not load.overloaded:
                refusing = not refusing
                told = logger(room="gateway").warning if refusing else logger(room="gateway").info
                told("overloaded" if refusing else "overload over", lag_s=round(load.lag_s, 3))

    async def until_stopped(self) -> None:
        """Wait for a signal, then end every call and leave."""
        await self._stop.wait()
        self._switch.refuse_new(SHUT_DOWN)
        self._switch.release_all(SHUT_DOWN, clock.now())
        self._wake()
        await self._wait_for(lambda: self._switch.is_settled, _GRACE_S)
        await self._wait_for(lambda: self._outbox.is_empty, _RECORDS_S)
        self._admin.close()
        self._endpoint.close()
        self._media_client.close()
        if self._names is not None:
            await self._names.close()
        self._journal.close_files()

    async def _wait_for(self, done: Callable[[], bool], seconds: float) -> None:
        """At most `seconds`, and at most half of one after a second signal."""
        deadline = clock.now() + seconds
        while not done() and clock.now() < deadline:
            if self._hurry.is_set():
                deadline = min(deadline, clock.now() + _HURRY_S)
            await asyncio.sleep(0.05)
