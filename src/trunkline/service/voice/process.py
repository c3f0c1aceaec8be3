"""The voice process: a user agent with RTP on one address, and the requests that it works off."""

import asyncio
import signal
import sys
from functools import partial
from typing import Final

import uvloop

from trunkline.domain.trunk.edge.hop import HopSeal
from trunkline.domain.trunk.own_call import CALL_PURPOSE
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.media.media_port import MediaPort
from trunkline.platform.media.rtp_engine import NoFreePort, RtpEngine
from trunkline.platform.setting import clock
from trunkline.platform.setting.log import logger, start_logging
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import Settings
from trunkline.platform.setting.supervision import tell_ready
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.store.caller_id_validation import Validations
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.first_account import digest_realm, open_vault
from trunkline.platform.store.vault import Vault
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.service.voice.book import RequestBook
from trunkline.service.voice.line import Line
from trunkline.service.voice.placing import GatewayDoor, Placing

NAME: Final = "voice"
_GRACE_S: Final = 8.0
_HURRIED_S: Final = 1.0
_LOOK_S: Final = 0.02


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, then 0; 2 when its address is taken or the store is not ready."""
    start_logging(settings.log_level, NAME)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings))
    except StoreError as fault:
        return _refuse(f"{NAME}: {fault}")


def _refuse(reason: str) -> int:
    sys.stderr.write(f"trunkline: {reason}\n")
    return 2


async def _serve(settings: Settings) -> int:
    vault = open_vault(settings)  # before the store: a home that is not there is told of as such
    store = open_store(settings.database_url.reveal())
    try:
        await digest_realm(store)  # the store is migrated and has had its first start
        async with Jobs() as jobs:
            voice = Voice(settings, vault, store, jobs)
            try:
                voice.open()
            except OSError as fault:
                where = f"{settings.voice_bind}: {fault.strerror or fault} (TRUNKLINE_VOICE_BIND)"
                return _refuse(f"{NAME} cannot listen on {where}")
            await voice.until_stopped()
            return 0
    finally:
        await store.close()


class Voice:
    """Wires the process; made and used on a running loop."""

    def __init__(self, settings: Settings, vault: Vault, store: Store, jobs: Jobs) -> None:
        self._bind = bind = settings.voice_bind
        self._ports = (settings.rtp_ports.first, settings.rtp_ports.last)
        self._jobs = jobs
        self._engine = RtpEngine(asyncio.get_running_loop())
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        ids = RandomIds()
        doors = tuple(
            GatewayDoor(each.advertise if each.bind.is_any else each.bind, str(each.advertise))
            for each in settings.gateways
        )
        seal = HopSeal(vault.mac_key(CALL_PURPOSE), "")
        placing = Placing(doors, settings.validation_caller_id, seal, ids, lambda: clock.wall().timestamp())
        # The first gateway's address is this host's alone, and stays.
        name = f"{NAME} {settings.gateways[0].advertise}"
        self._book = RequestBook(Validations(store, vault, ids, clock.wall), jobs, name, settings.home.run)
        host = f"[{bind.host}]" if ":" in bind.host else bind.host
        local = LocalAddress(host, bind.port)
        self._line = Line(ids, local, placing, self._book, self._open_port, clock.now, self._wake)
        self._endpoint = SipEndpoint(self._line, self._line.on_event)

    def _open_port(self) -> MediaPort:
        try:
            return self._engine.open(self._bind.host, self._ports)
        except NoFreePort as fault:
            raise OSError(str(fault)) from fault

    def _wake(self) -> None:
        self._endpoint.pump()

    def open(self) -> None:
        """Raises OSError for a taken address."""
        bind = self._bind
        self._endpoint.open([("UDP", bind.host, bind.port), ("TCP", bind.host, bind.port)])
        self._jobs.spawn_service(partial(self._book.run, self._line.call, self._line.__len__), "requests")
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        tell_ready(NAME)
        logger(room=NAME).info("ready", address=str(bind))

    def _signalled(self) -> None:
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def until_stopped(self) -> None:
        """Wait for a signal, then end every call, tell of it, and leave."""
        await self._stop.wait()
        self._book.stopped = True
        self._line.stop("shut down")
        deadline = clock.now() + _GRACE_S
        while not (self._line.is_quiet and not self._book.open_jobs) and clock.now() < deadline:
            if self._hurry.is_set():
                deadline = min(deadline, clock.now() + _HURRIED_S)
                self._hurry.clear()
            await asyncio.sleep(_LOOK_S)
        self._endpoint.close()
        self._engine.close()
