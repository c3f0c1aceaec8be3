"""The control process: one uvicorn server over the application, until a signal ends it."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import uvicorn
from fastapi import FastAPI

from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.mail.mailer import Mailer
from trunkline.platform.setting import clock
from trunkline.platform.setting.address import HostPort
from trunkline.platform.setting.descriptors import raise_file_limit
from trunkline.platform.setting.log import logger, start_logging
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import Settings
from trunkline.platform.setting.supervision import tell_ready
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.first_account import digest_realm, open_vault, operator_token
from trunkline.platform.webhook.sender import Sender
from trunkline.service.control.alert_mails import keep_mailed
from trunkline.service.control.api.context import Control
from trunkline.service.control.api.request_rate import RequestRate
from trunkline.service.control.application import create_app
from trunkline.service.control.callbacks import keep_told
from trunkline.service.control.health import Health
from trunkline.service.control.provisioning.workbench import Workbench
from trunkline.service.control.rating import keep_rated
from trunkline.service.control.retention import keep_bounded

_GRACE_S = 5
"""How long requests under way may take after the first signal."""
_KEEP_ALIVE_S = 75
"""Longer than SDKs leave a pooled connection idle, so that they do not meet a closing one."""


class _Server(uvicorn.Server):
    """uvicorn that says when it serves, and without its signal handling, which would end the process by the signal."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, then 0; 2 when the address is taken or the store is not ready."""
    start_logging(settings.log_level, "control")
    raise_file_limit()
    try:
        listener = listen(settings.http_bind)
    except OSError as fault:
        return _refuse(f"control cannot listen on {settings.http_bind}: {fault.strerror} (TRUNKLINE_HTTP_BIND)")
    with listener:
        try:
            asyncio.run(_serve(settings, listener))
        except StoreError as fault:
            return _refuse(f"control: {fault}")
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"trunkline: {reason}\n")
    return 2


def listen(address: HostPort) -> socket.socket:
    """A listening socket, made before anything else so that a taken port is told at once. Raises OSError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY on what is accepted: no answer waits for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


async def build(settings: Settings, store: Store) -> FastAPI:
    """The application over an open store. Raises StoreError before the first start of the platform."""
    ids = RandomIds()
    bench = Workbench(
        store=store,
        vault=open_vault(settings),
        ids=ids,
        wall=clock.wall,
        domain=settings.domain,
        realm=await digest_realm(store),
        accept_twilio_domain=settings.twilio_alias,
        default_cps=settings.default_cps,
        sends_mail=settings.smtp_url is not None,
    )
    run_dir = settings.home.run
    control = Control(bench, operator_token(settings, ids), run_dir, RequestRate(settings.rest_rate))
    return create_app(control, Health(store, run_dir, str(settings.http_bind)), clock.now)


async def _serve(settings: Settings, listener: socket.socket) -> None:
    store = open_store(settings.database_url.reveal())
    sender = Sender(allow_private=settings.allow_private)
    try:
        server = make_server(await build(settings, store), partial(tell_ready, "control"))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop, server)
        logger(room="control").info("listening", address=str(settings.http_bind))
        async with Jobs() as jobs:
            jobs.spawn_service(partial(keep_rated, store, RandomIds(), clock.wall), "rating")
            audit = timedelta(days=settings.audit_days)
            jobs.spawn_service(partial(keep_bounded, store, clock.wall, audit), "retention")
            jobs.spawn_service(
                partial(keep_told, store, open_vault(settings), sender, RandomIds(), clock.wall), "callbacks"
            )
            if settings.smtp_url is not None and settings.mail_from is not None:
                mailer = Mailer(settings.smtp_url, settings.mail_from)
                jobs.spawn_service(partial(keep_mailed, store, mailer.send, RandomIds(), clock.wall), "alert mail")
            await server.serve(sockets=[listener])
    finally:
        await sender.close()
        await store.close()


def make_server(app: FastAPI, on_ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return _Server(config, on_ready)


def stop(server: uvicorn.Server) -> None:
    """The first signal lets requests under way finish, the second does not."""
    server.force_exit = server.should_exit
    server.should_exit = True
