"""A soft phone on sockets: SIP by a pump of its own, audio by the process's RTP engine."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from trunkline.platform.media.rtp_endpoint import RtpEndpoint
from trunkline.platform.media.rtp_engine import NoFreePort, RtpEngine
from trunkline.platform.setting import clock
from trunkline.platform.setting.address import HostPort, PortRange
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.phone_tls import PhoneTls
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.service.sandbox.behaviour import Behaviour, Refuse
from trunkline.service.sandbox.phone_call import CallOrder, Notice, PhoneCall
from trunkline.service.sandbox.phone_core import NoMedia, PhoneCore, Watch, unrecorded, unwatched
from trunkline.service.sandbox.soft_phone import SoftPhone
from trunkline.service.sandbox.sound import SOUNDS, Sounds

_FIRST_PORT: Final = 49152
"""IANA's dynamic ports, for phones that nobody calls."""
_TRIES: Final = 50


def call_nobody(user: str) -> Behaviour:
    """The behaviour of a phone that only calls."""
    del user
    return (Refuse(480),)


class Telephone:
    """A soft phone bound to one address, UDP and TCP; with a certificate in `tls` also TLS on the next port.

    Use it on a running loop, and `close` it.
    """

    def __init__(
        self,
        engine: RtpEngine,
        bind: HostPort,
        ports: PortRange,
        choose: Callable[[str], Behaviour] = call_nobody,
        *,
        watch: Watch = unwatched,
        sounds: Sounds = SOUNDS,
        product: str = "Trunkline Sandbox",
        record_next: Callable[[], Path | None] = unrecorded,
        tls: PhoneTls | None = None,
    ) -> None:
        """`record_next` names the recording of a call that comes in. Raises OSError when the address is taken."""
        self.address = bind
        self._engine = engine
        self._ports = (ports.first, ports.last)
        self._watch = watch
        self._changed = asyncio.Event()
        host = f"[{bind.host}]" if ":" in bind.host else bind.host
        local = LocalAddress(host, bind.port, bind.port + 1)
        core = PhoneCore(RandomIds(), local, self._open_port, self._notice, sounds, product, record_next)
        self.phone = SoftPhone(core, choose)
        self._endpoint = SipEndpoint(self.phone, self.phone.on_event, in_use=core.ua.flows_in_use, contexts=tls)
        places = [("UDP", bind.host, bind.port), ("TCP", bind.host, bind.port)]
        if tls is not None and tls.listens:
            places.append(("TLS", bind.host, bind.port + 1))
        self._endpoint.open(places)

    def _open_port(self) -> RtpEndpoint:
        try:
            return self._engine.open(self.address.host, self._ports)
        except NoFreePort as fault:
            raise NoMedia(str(fault)) from fault

    def _notice(self, call: PhoneCall, notice: Notice) -> None:
        self._changed.set()
        self._watch(call, notice)

    # ---- verbs

    def call(self, order: CallOrder, record_to: Path | None = None) -> PhoneCall:
        """Place a call; raises NoMedia."""
        call = self.phone.call(order, clock.now(), record_to)
        self._endpoint.pump()
        return call

    def hang_up(self, call: PhoneCall) -> None:
        self.phone.hang_up(call, clock.now())
        self._endpoint.pump()

    def hang_up_all(self) -> None:
        """Refuse new calls from now on and end those there are."""
        self.phone.hang_up_all(clock.now())
        self._endpoint.pump()

    def stir(self) -> None:
        """Have whoever waits look again: something outside the phone has happened."""
        self._changed.set()

    async def until(self, met: Callable[[], bool], within_s: float) -> bool:
        """Wait until something has happened that makes `met` true; False when the time ran out first."""
        deadline = clock.now() + within_s
        while not met():
            self._changed.clear()
            try:
                async with asyncio.timeout(max(0.0, deadline - clock.now())):
                    await self._changed.wait()
            except TimeoutError:
                return met()
        return True

    async def until_parted(self, call: PhoneCall, within_s: float) -> bool:
        """Wait until a call is over and its peer knows."""
        return await self.until(lambda: call.over and call not in self.phone.live, within_s)

    def close(self) -> None:
        """Give the address back; calls that are still there are left without a word."""
        self._endpoint.close()


def open_anywhere(make: Callable[[HostPort], Telephone], host: str) -> Telephone:
    """A telephone at a free port of `host`. Raises OSError when there is none."""
    for tries_left in reversed(range(_TRIES)):
        port = _FIRST_PORT + secrets.randbelow(65536 - _FIRST_PORT)
        try:
            return make(HostPort(host, port))
        except OSError:
            if not tries_left:
                raise
    raise OSError("no free port")
