"""`trunkline phone`: a SIP phone for the terminal."""

import asyncio
import os
import signal
import socket
import ssl
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from trunkline.cli.call_view import show_figures, show_line, watcher
from trunkline.kit.secret import Secret
from trunkline.platform.media.rtp_engine import RtpEngine
from trunkline.platform.setting import clock
from trunkline.platform.setting.address import HostPort, parse_host_port
from trunkline.platform.setting.log import start_logging
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.platform.sipnet.certificates import HomeCertificates
from trunkline.platform.sipnet.dns_lookup import DnsLookup
from trunkline.platform.sipnet.hosts import read_hosts
from trunkline.platform.sipnet.location import LocationFailed, Locator
from trunkline.platform.sipnet.phone_tls import PhoneTls
from trunkline.protocol.rtp.telephone_event import DIGITS
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.service.sandbox.behaviour import Answer, Behaviour, HangUp, Ring, Sound, Wait
from trunkline.service.sandbox.phone_call import CallOrder, Happening, Notice, PhoneCall
from trunkline.service.sandbox.phone_core import NoMedia
from trunkline.service.sandbox.phone_plan import BadPhonePlan, PhonePlan, Playing, parse_playing, plan_call
from trunkline.service.sandbox.sound import SOUNDS
from trunkline.service.sandbox.telephone import Telephone, open_anywhere

NOT_ANSWERED: Final = 1
BAD_WORDS: Final = 2
_PART_S: Final = 4.0
_RING_S: Final = 1.0
_FOREVER_S: Final = 7 * 86400.0
_PRODUCT: Final = "Trunkline Phone"


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """The options as they were typed; "" and None where they were not."""

    number: str = ""
    trunk: str = ""
    proxy: str = ""
    user: str = ""
    password_env: str = ""
    password_file: Path | None = None
    caller: str = ""
    play: str = ""
    record: Path | None = None
    seconds: float | None = None
    digits: str = ""
    listen: str = ""
    calls: int = 0
    tcp: bool = False
    tls: bool = False
    verify: bool = True
    certificate: Path | None = None


def main(words: PhoneWords) -> int:
    """0 when a call was answered, 1 when none was, 2 when the words make no call."""
    settings = load_settings()
    start_logging("warning", "phone")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_phone(settings, words, Console(highlight=False)))
    except BadPhonePlan as fault:
        sys.stderr.write(f"trunkline: {fault}\n")
        return BAD_WORDS


async def _phone(settings: Settings, words: PhoneWords, console: Console) -> int:
    playing = parse_playing(words.play or ("echo" if words.listen else "silence"))
    if words.record is not None:
        _refuse_unwritable(words.record)
    if not set(words.digits.upper()) <= set(DIGITS):
        raise BadPhonePlan(f"--digits {words.digits}: DTMF has 0-9, A-D, * and #")
    engine = RtpEngine(asyncio.get_running_loop())
    stop = _Stop()
    try:
        if words.listen:
            return await _listen(settings, engine, words, playing, console, stop)
        return await _call(settings, engine, words, playing, console, stop)
    finally:
        engine.close()


def _refuse_unwritable(record: Path) -> None:
    """Before the call: its audio would be lost after it."""
    folder = record.absolute().parent
    if not folder.is_dir():
        raise BadPhonePlan(f"--record {record}: there is no such directory")
    if record.is_dir() or not os.access(record if record.exists() else folder, os.W_OK):
        raise BadPhonePlan(f"--record {record}: no file can be written there")


class _Stop:
    """Set by the first SIGINT or SIGTERM, upon which calls are hung up; the second ends the process at once."""

    def __init__(self) -> None:
        self.asked = False
        self.telephone: Telephone | None = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)

    def _signalled(self) -> None:
        if self.asked:
            os._exit(130)
        self.asked = True
        if self.telephone is not None:
            self.telephone.stir()


# ---- calling


async def _call(
    settings: Settings, engine: RtpEngine, words: PhoneWords, playing: Playing, console: Console, stop: _Stop
) -> int:
    if not words.number:
        raise BadPhonePlan("a number to call is needed, or --listen ADDRESS:PORT")
    plan = plan_call(
        settings,
        words.number,
        trunk=words.trunk,
        proxy=words.proxy,
        user=words.user,
        password=_password(words),
        caller=words.caller,
        tls=words.tls,
    )
    flow = await _located(plan, words)
    telephone = stop.telephone = open_anywhere(
        partial(
            Telephone,
            engine,
            ports=settings.rtp_ports,
            watch=watcher(console),
            sounds={**SOUNDS, Sound.OWN: playing.make},
            product=_PRODUCT,
            tls=_tls(settings, words),
        ),
        _local_address_towards(flow),
    )
    try:
        show_line(console, (plan.request_uri, "bold"), (f" by {flow}", ""))
        call = telephone.call(_order(plan, flow, words, playing), words.record)
        return await _attend(telephone, call, words.digits, console, stop)
    except NoMedia as fault:
        raise BadPhonePlan(str(fault)) from fault
    finally:
        telephone.close()


def _order(plan: PhonePlan, flow: Flow, words: PhoneWords, playing: Playing) -> CallOrder:
    return CallOrder(plan.request_uri, plan.from_text, flow, Sound.OWN, plan.credential, _ending(words, playing))


def _ending(words: PhoneWords, playing: Playing) -> Behaviour:
    """When this phone hangs up by itself: after --seconds, else when its file has been played, else never."""
    seconds = words.seconds if words.seconds is not None else playing.seconds
    return () if seconds is None else (Wait(seconds), HangUp())


async def _attend(telephone: Telephone, call: PhoneCall, digits: str, console: Console, stop: _Stop) -> int:
    """Stay with a call to its end."""
    await telephone.until(lambda: call.answered or call.over or stop.asked, _FOREVER_S)
    if digits and call.answered:
        try:
            telephone.phone.send_digits(call, digits)
        except ValueError as fault:
            show_line(console, (f"  no digits sent: {fault}", ""))
    await telephone.until(lambda: call.over or stop.asked, _FOREVER_S)
    if not call.over:
        telephone.hang_up(call)
    await telephone.until_parted(call, _PART_S)
    if call.figures is not None and call.answered:
        show_figures(console, call.figures)
    return 0 if call.answered else NOT_ANSWERED


def _tls(settings: Settings, words: PhoneWords) -> PhoneTls:
    """Trusts what the gateways do, else this host's private authority where there is one."""
    own = HomeCertificates(settings.home.tls, settings.domain).authority_file
    trusted = settings.tls.trusted or (own if own.exists() else None)
    try:
        return PhoneTls(words.certificate, trusted)
    except OSError as fault:
        why = "no PEM of a certificate and its key" if isinstance(fault, ssl.SSLError) else fault.strerror or fault
        raise BadPhonePlan(f"--certificate {words.certificate}: {why}") from fault


async def _located(plan: PhonePlan, words: PhoneWords) -> Flow:
    """The first address of RFC 3263; raises BadPhonePlan where there is none."""
    locator = Locator(DnsLookup(clock.now), clock.now, RandomIds().number, read_hosts())
    found = await locator.locate(plan.next_hop)
    if isinstance(found, LocationFailed):
        raise BadPhonePlan(f"{plan.next_hop}: {found.fault.value}")
    flow = found[0]
    if flow.transport == "TLS":
        return replace(flow, tls=TlsTerms(parse_uri(plan.request_uri).address, verified=words.verify))
    return replace(flow, transport="TCP") if words.tcp else flow


def _local_address_towards(flow: Flow) -> str:
    """The address of ours that packets to there leave from."""
    with socket.socket(socket.AF_INET6 if ":" in flow.address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((flow.address, flow.port))  # sends nothing
        except OSError as fault:
            raise BadPhonePlan(f"{flow}: {fault.strerror}") from fault
        return str(probe.getsockname()[0])


def _password(words: PhoneWords) -> Secret[str] | None:
    """From a variable or a file: never from the command line, which other users of the host can read."""
    if words.password_env:
        value = os.environ.get(words.password_env)
        if not value:
            raise BadPhonePlan(f"--password-env {words.password_env}: that variable is not set")
        return Secret(value)
    if words.password_file is not None:
        try:
            return Secret(words.password_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "not text"
            raise BadPhonePlan(f"--password-file {words.password_file}: {reason}") from fault
    return None


# ---- being called


async def _listen(
    settings: Settings, engine: RtpEngine, words: PhoneWords, playing: Playing, console: Console, stop: _Stop
) -> int:
    answering: Behaviour = (Ring(), Wait(_RING_S), Answer(Sound.OWN), *_ending(words, playing))
    taken: list[PhoneCall] = []
    show = watcher(console)

    def watch(call: PhoneCall, notice: Notice) -> None:
        if notice.what is Happening.WAS_CALLED:
            taken.append(call)
            show_line(console, (f"call {len(taken)}", "bold"), (f" to {call.peer}", ""))
        show(call, notice)
        if notice.what is Happening.RELEASED and call.figures is not None and call.answered:
            show_figures(console, call.figures)

    address = _listening_address(words.listen)
    try:
        telephone = stop.telephone = Telephone(
            engine,
            address,
            settings.rtp_ports,
            lambda _: answering,
            watch=watch,
            sounds={**SOUNDS, Sound.OWN: playing.make},
            product=_PRODUCT,
            record_next=lambda: _numbered(words.record, len(taken)),
            tls=_tls(settings, words),
        )
    except OSError as fault:
        raise BadPhonePlan(f"--listen {address}: {fault.strerror or fault}") from fault
    show_line(console, (f"listening on {address}, Ctrl-C ends", ""))
    await telephone.until(lambda: stop.asked or 0 < words.calls <= sum(call.over for call in taken), _FOREVER_S)
    telephone.hang_up_all()
    await telephone.until(lambda: not telephone.phone.live, _PART_S)
    telephone.close()
    return 0 if any(call.answered for call in taken) else NOT_ANSWERED


def _listening_address(text: str) -> HostPort:
    try:
        return parse_host_port(text)
    except ValueError as fault:
        raise BadPhonePlan(f"--listen {text}: {fault}") from fault


def _numbered(path: Path | None, number: int) -> Path | None:
    """`heard.wav`, then `heard-2.wav`: a later call does not write over an earlier one."""
    if path is None or number <= 1:
        return path
    return path.with_name(f"{path.stem}-{number}{path.suffix}")
