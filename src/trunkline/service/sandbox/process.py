"""The sandbox process: the carrier's telephone, the PBX's, and the socket by which calls are asked for."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from trunkline.platform.media.rtp_engine import RtpEngine
from trunkline.platform.setting import clock
from trunkline.platform.setting.address import HostPort
from trunkline.platform.setting.log import logger, start_logging
from trunkline.platform.setting.settings import Settings
from trunkline.platform.setting.supervision import tell_ready
from trunkline.platform.setting.unix_path import unix_path
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import KEYPAD_NUMBER, HangUp, Sound, Wait, carrier_behaviour, pbx_behaviour
from trunkline.service.sandbox.call_request import BadCallRequest, CallRequest, KeypadRequest, parse_call_request
from trunkline.service.sandbox.hearing import hear_file
from trunkline.service.sandbox.phone_call import CallOrder, Happening, Notice, PhoneCall
from trunkline.service.sandbox.phone_core import NoMedia
from trunkline.service.sandbox.sound import TONE_HZ
from trunkline.service.sandbox.telephone import Telephone

ANSWER_WITHIN_S: Final = 8.0
"""How long a caller of the socket is kept waiting for the called one; REST gives up after ten."""
_GRACE_S: Final = 8.0
_HURRIED_S: Final = 1.0
_LONGEST_LINE: Final = 4096


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, then 0; 2 when an address is taken."""
    start_logging(settings.log_level, "sandbox")
    settings.home.prepare()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    sandbox = Sandbox(settings)
    fault = sandbox.open()
    if fault:
        sys.stderr.write(f"trunkline: {fault}\n")
        return 2
    server = await listen(sandbox, settings.home.socket("sandbox"))
    stop, hurry = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    tell_ready("sandbox")
    logger(room="sandbox").info("ready", carrier=str(settings.sandbox_carrier), pbx=str(settings.sandbox_pbx))
    await stop.wait()
    server.close()
    await sandbox.close(hurry)
    return 0


class Sandbox:
    """Both telephones over one RTP engine; made and used on a running loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = RtpEngine(asyncio.get_running_loop())
        self._telephones: list[Telephone] = []

    def open(self) -> str:
        """Bind both addresses; what is wrong, "" when all is well."""
        settings = self._settings
        phones = (
            ("carrier", settings.sandbox_carrier, carrier_behaviour),
            ("PBX", settings.sandbox_pbx, pbx_behaviour),
        )
        for name, address, choose in phones:
            watch = partial(_log_end, name)
            try:
                telephone = Telephone(self._engine, address, settings.rtp_ports, choose, watch=watch)
            except OSError as fault:
                self._give_back()
                why = f"{fault.strerror or fault} (TRUNKLINE_SANDBOX_{name.upper()})"
                return f"sandbox cannot listen on {address} (its {name}): {why}"
            self._telephones.append(telephone)
        return ""

    @property
    def carrier(self) -> Telephone:
        return self._telephones[0]

    @property
    def pbx(self) -> Telephone:
        return self._telephones[1]

    def keep_in_mind(self, digits: str) -> dict[str, Any]:
        """Have the user of the carrier's keypad phone key these in; which phone that is."""
        self.carrier.phone.keep_in_mind(digits)
        return {"number": KEYPAD_NUMBER, "digits": digits}

    # ---- calls into the platform

    async def place(self, request: CallRequest, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Call a number of the platform as the carrier does, play the tone, and hang up; `{sid, status, ...}`.

        `tell` is given what happens meanwhile, if the request wants it.
        """
        with tempfile.TemporaryDirectory(prefix="trunkline-sandbox-") as directory:
            heard = Path(directory) / "heard.wav"
            try:
                call = self.carrier.call(self._order(request), heard if request.to_the_end else None)
            except NoMedia as fault:
                return {"error": str(fault)}
            within_s = 60.0 + request.seconds if request.to_the_end else ANSWER_WITHIN_S
            await self._follow(call, request, within_s, tell)
            return {**_outcome(call), **_heard(call, heard)} if request.to_the_end else _outcome(call)

    async def _follow(
        self, call: PhoneCall, request: CallRequest, within_s: float, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        """Wait for what was asked for, and tell of each thing that happens."""
        told = 0
        deadline = clock.now() + within_s
        done = False
        while not done and clock.now() < deadline:
            await self.carrier.until(_news(call, told), deadline - clock.now())
            done = call.over or (call.answered and not request.to_the_end)
            for notice in call.notices[told:] if request.events else ():
                at = round(notice.at - call.began_at, 3)
                tell({"event": notice.what.value, "at": at, "detail": notice.detail})
            told = len(call.notices)

    def _order(self, request: CallRequest) -> CallOrder:
        gateway = self._settings.gateways[0]
        at = gateway.advertise if gateway.bind.is_any else gateway.bind
        return CallOrder(
            request_uri=f"sip:{request.callee}@{at}",
            from_text=f"<sip:{request.caller}@{_bracketed(self.carrier.address)}>",
            flow=Flow("UDP", at.host, at.port),
            sound=Sound.TONE,
            after_answer=(Wait(request.seconds), HangUp()),
        )

    # ---- the end

    async def close(self, hurry: asyncio.Event) -> None:
        """Refuse what comes, end every call, and leave when the peers know, or when time is up."""
        for telephone in self._telephones:
            telephone.hang_up_all()
        deadline = clock.now() + _GRACE_S
        while any(telephone.phone.live for telephone in self._telephones) and clock.now() < deadline:
            if hurry.is_set():
                deadline = min(deadline, clock.now() + _HURRIED_S)
                hurry.clear()
            await asyncio.sleep(0.02)
        self._give_back()

    def _give_back(self) -> None:
        for telephone in self._telephones:
            telephone.close()
        self._engine.close()


def _bracketed(address: HostPort) -> str:
    return f"[{address.host}]" if ":" in address.host else address.host


def _news(call: PhoneCall, told: int) -> Callable[[], bool]:
    return lambda: len(call.notices) > told or call.over


def _outcome(call: PhoneCall) -> dict[str, Any]:
    return {"sid": call.sid, "status": call.outcome, "sip_status": call.status, "reason": call.reason}


def _heard(call: PhoneCall, recording: Path) -> dict[str, Any]:
    hearing = hear_file(recording, TONE_HZ)
    figures = call.figures
    return {
        "seconds": round(call.talked_s(clock.now()), 2),
        "tone_hz": hearing.frequency,
        "tone_share": round(hearing.share, 3),
        "tone_seconds": round(hearing.seconds, 1),
        "packets_sent": figures.packets_sent if figures is not None else 0,
        "packets_received": figures.packets_received if figures is not None else 0,
    }


def _log_end(phone: str, call: PhoneCall, notice: Notice) -> None:
    if notice.what is Happening.RELEASED:
        logger(room="sandbox").info(
            "call over",
            phone=phone,
            sid=call.sid,
            peer=call.peer,
            outcome=call.outcome,
            status=call.status,
            reason=call.reason,
            seconds=round(call.talked_s(notice.at), 3),
        )


async def listen(sandbox: Sandbox, path: Path) -> asyncio.AbstractServer:
    """Listen for call requests; replaces what a killed process left."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    with unix_path(path) as address:
        return await asyncio.start_unix_server(partial(_answer, sandbox), address, limit=_LONGEST_LINE)


async def _answer(sandbox: Sandbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(5.0):
            line = await reader.readline()
        match parse_call_request(line):
            case KeypadRequest(digits):
                answer = sandbox.keep_in_mind(digits)
            case request:
                answer = await sandbox.place(request, lambda event: _write(writer, event))
    except BadCallRequest as fault:
        answer = {"error": str(fault)}
    except (OSError, ValueError, TimeoutError):  # a client that went away, or a line without end
        writer.close()
        return
    _write(writer, answer)
    with suppress(OSError):
        await writer.drain()
    writer.close()


def _write(writer: asyncio.StreamWriter, line: dict[str, Any]) -> None:
    writer.write(json.dumps(line).encode() + b"\n")
