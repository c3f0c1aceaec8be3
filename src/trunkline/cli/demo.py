"""`trunkline demo`: one call each way through the running service, shown as they happen, and their records."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2
import uvloop
from rich.console import Console

from trunkline.cli.call_view import show_event, show_figures, show_line, watcher
from trunkline.kit.secret import Secret
from trunkline.platform.media.rtp_engine import RtpEngine
from trunkline.platform.setting import clock
from trunkline.platform.setting.log import start_logging
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.platform.setting.unix_path import unix_path
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import HangUp, Sound, Wait
from trunkline.service.sandbox.hearing import Hearing, hear_file
from trunkline.service.sandbox.phone_call import CallOrder, Credential
from trunkline.service.sandbox.sound import TONE_HZ
from trunkline.service.sandbox.telephone import Telephone, open_anywhere

CALLEE: Final = "+15005550100"
"""The sandbox's echo."""
CALLER: Final = "+12025550199"
"""Who calls the demo trunk's number from the telephone network."""
_TALK_S: Final = 2.0
_RECORDS_WITHIN_S: Final = 3.0
_CALL_WITHIN_S: Final = 30.0


class DemoFailed(Exception):
    """What did not come about; the text is for the terminal."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """The running service as the demo needs it."""

    settings: Settings
    console: Console
    domain: str
    credential: Credential
    number: str
    api: httpx2.AsyncClient
    calls_path: str


def main() -> int:
    """0 only if both calls were answered, their audio was heard, and both records are there."""
    settings = load_settings()
    start_logging("warning", "demo")
    console = Console(highlight=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_demo(settings, console))
        except DemoFailed as fault:
            show_line(console, ("The demo failed: ", "bold red"), (str(fault), ""))
            return 1
    return 0


async def _demo(settings: Settings, console: Console) -> None:
    held = settings.home.cli_values()
    if not settings.sandbox:
        raise DemoFailed("TRUNKLINE_SANDBOX is false: there is nobody to call")
    if "demo_domain" not in held:
        raise DemoFailed(f"{settings.home.cli_file} has no demo trunk; start the service first: make run")
    account, token = _account(settings, held)
    async with httpx2.AsyncClient(base_url=_url(settings), auth=(account, token.reveal()), timeout=5.0) as api:
        stage = _Stage(
            settings,
            console,
            held["demo_domain"],
            Credential(held["demo_username"], Secret(held["demo_password"])),
            held["demo_number"],
            api,
            f"/2010-04-01/Accounts/{account}/Calls.json",
        )
        before = {str(record["sid"]) for record in await _records(stage)}
        await _terminate(stage)
        await _originate(stage)
        await _show_records(stage, before)


def _account(settings: Settings, held: dict[str, str]) -> tuple[str, Secret[str]]:
    """The first account: the one that is set, else the one that was made (design, section 7)."""
    if settings.account_sid is not None and settings.auth_token is not None:
        return settings.account_sid, settings.auth_token
    if "account_sid" not in held or "auth_token" not in held:
        raise DemoFailed(f"{settings.home.cli_file} has no account; start the service first: make run")
    return held["account_sid"], Secret(held["auth_token"])


def _url(settings: Settings) -> str:
    bind = settings.http_bind
    return f"http://127.0.0.1:{bind.port}" if bind.is_any else f"http://{bind}"


async def _records(stage: _Stage) -> list[dict[str, Any]]:
    try:
        answer = await stage.api.get(stage.calls_path)
    except httpx2.TransportError:
        raise DemoFailed(
            f"nothing answers at {stage.api.base_url}; start the service first, in another terminal: make run"
        ) from None
    if answer.status_code != 200:
        raise DemoFailed(f"the REST API answered {answer.status_code}: {answer.text[:200]}")
    calls: list[dict[str, Any]] = answer.json()["calls"]
    return calls


# ---- from the customer to the telephone network


async def _terminate(stage: _Stage) -> None:
    gateway = stage.settings.gateways[0]
    at = gateway.advertise if gateway.bind.is_any else gateway.bind
    stage.console.print()
    show_line(stage.console, ("Termination", "bold"), (f"  a PBX calls {CALLEE} through {stage.domain}", ""))
    order = CallOrder(
        request_uri=f"sip:{CALLEE}@{stage.domain}",
        from_text=f"<sip:{stage.number}@{stage.domain}>",
        flow=Flow("UDP", at.host, at.port),
        sound=Sound.TONE,
        credential=stage.credential,
        after_answer=(Wait(_TALK_S), HangUp()),
        patience_s=_CALL_WITHIN_S,
    )
    engine = RtpEngine(asyncio.get_running_loop())
    telephone = open_anywhere(
        partial(Telephone, engine, ports=stage.settings.rtp_ports, watch=watcher(stage.console)), at.host
    )
    try:
        with tempfile.TemporaryDirectory(prefix="trunkline-demo-") as directory:
            heard = Path(directory) / "heard.wav"
            call = telephone.call(order, heard)
            await telephone.until_parted(call, _CALL_WITHIN_S + _TALK_S + 5.0)
            if not call.answered:
                raise DemoFailed(f"the call to {CALLEE} was not answered: {call.reason or 'no answer'}")
            if call.figures is not None:
                show_figures(stage.console, call.figures)
            hearing = hear_file(heard, TONE_HZ)
            _show_hearing(stage.console, "the echo of our", hearing.frequency, hearing.share, hearing.seconds)
            if not hearing.heard:
                raise DemoFailed("the call was answered, but the tone did not come back")
    finally:
        telephone.close()
        engine.close()


def _show_hearing(console: Console, whose: str, frequency: int, share: float, seconds: float) -> None:
    said = f"{whose} {frequency} Hz tone for {seconds:.1f} s, {100 * share:.0f} % of the power"
    show_line(console, (f"  heard       {said}", ""))


# ---- from the telephone network to the customer


async def _originate(stage: _Stage) -> None:
    said = f"  the telephone network calls {stage.number}, the PBX rings"
    stage.console.print()
    show_line(stage.console, ("Origination", "bold"), (said, ""))
    question = {"from": CALLER, "to": stage.number, "seconds": _TALK_S, "wait": "end", "events": True}
    outcome: dict[str, Any] = {}
    path = stage.settings.home.socket("sandbox")
    try:
        async with asyncio.timeout(_CALL_WITHIN_S + _TALK_S):
            async for line in _asked(path, question):
                if "event" in line:
                    if line["event"] != "parted":
                        show_event(stage.console, line["at"], line["event"], line["detail"])
                else:
                    outcome = line
    except TimeoutError:
        raise DemoFailed(f"the call to {stage.number} came to no end") from None
    except (OSError, ValueError):
        raise DemoFailed(f"the sandbox does not answer at {path}") from None
    if outcome.get("status") != "answered":
        raise DemoFailed(f"the call to {stage.number} was not answered: {outcome.get('reason', outcome)}")
    sent, received = outcome["packets_sent"], outcome["packets_received"]
    show_line(stage.console, (f"  audio       {sent} packets sent, {received} received", ""))
    hearing = Hearing(outcome["tone_hz"], outcome["tone_share"], outcome["tone_seconds"])
    _show_hearing(stage.console, "the PBX's echo of the", hearing.frequency, hearing.share, hearing.seconds)
    if not hearing.heard:
        raise DemoFailed("the call was answered, but the tone did not come back")


async def _asked(path: Path, question: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """The lines that a process's socket answers with."""
    with unix_path(path) as address:
        reader, writer = await asyncio.open_unix_connection(address)
    try:
        writer.write(json.dumps(question).encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            yield json.loads(line)
    finally:
        writer.close()


# ---- the records


async def _show_records(stage: _Stage, before: set[str]) -> None:
    deadline = clock.now() + _RECORDS_WITHIN_S
    wanted = {("trunking-terminating", CALLEE), ("trunking-originating", stage.number)}
    while True:
        fresh = [record for record in await _records(stage) if str(record["sid"]) not in before]
        ours = [record for record in fresh if (record["direction"], record["to"]) in wanted]
        found = {(record["direction"], record["to"]) for record in ours}
        if found == wanted or clock.now() > deadline:
            break
        await asyncio.sleep(0.1)
    stage.console.print()
    show_line(stage.console, ("Records", "bold"), ("  GET /2010-04-01/Accounts/{AC}/Calls.json", ""))
    for record in ours:
        _show_record(stage.console, record)
    if found != wanted:
        raise DemoFailed(f"{len(wanted - found)} of 2 records were not there within {_RECORDS_WITHIN_S:.0f} s")
    odd = [record["status"] for record in ours if record["status"] != "completed"]
    if odd:
        raise DemoFailed(f"a record says {odd[0]} of a call that was answered")


def _show_record(console: Console, record: dict[str, Any]) -> None:
    way = f"{record['from']} -> {record['to']}"
    said = f"  {record['sid']}  {record['direction']}  {way}  {record['status']}, {record['duration']} s"
    show_line(console, (said, ""))
