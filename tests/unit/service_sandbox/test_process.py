"""The sandbox on real sockets: its numbers over loopback, its socket, its addresses, its end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service_sandbox.raw import OFFER, request
from trunkline.platform.media.rtp_engine import RtpEngine
from trunkline.platform.setting.address import HostPort, PortRange
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import Answer, Behaviour, HangUp, Sound, Wait
from trunkline.service.sandbox.hearing import hear_file
from trunkline.service.sandbox.phone_call import CallOrder, PhoneCall
from trunkline.service.sandbox.process import Sandbox, listen
from trunkline.service.sandbox.sound import TONE_HZ
from trunkline.service.sandbox.telephone import Telephone, open_anywhere

pytestmark = pytest.mark.e2e

PORTS = PortRange(31000, 33999)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", udp.getsockname()[1]))
        return int(udp.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.upper().startswith("TRUNKLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRUNKLINE_RTP_PORTS", str(PORTS))
    monkeypatch.setenv("TRUNKLINE_SIP_BIND", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("TRUNKLINE_SANDBOX_CARRIER", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("TRUNKLINE_SANDBOX_PBX", f"127.0.0.1:{free_port()}")
    found = load_settings()
    found.home.prepare()
    return found


@pytest.fixture
async def sandbox(settings: Settings) -> AsyncIterator[Sandbox]:
    opened = Sandbox(settings)
    assert opened.open() == ""
    yield opened
    await opened.close(asyncio.Event())


@pytest.fixture
async def engine() -> AsyncIterator[RtpEngine]:
    running = RtpEngine(asyncio.get_running_loop())
    yield running
    running.close()


def order(number: str, to: HostPort, seconds: float) -> CallOrder:
    return CallOrder(
        f"sip:{number}@{to}",
        "<sip:+12025550100@127.0.0.1>",
        Flow("UDP", to.host, to.port),
        Sound.TONE,
        after_answer=(Wait(seconds), HangUp()),
    )


async def called(engine: RtpEngine, number: str, to: HostPort, record_to: Path | None = None) -> PhoneCall:
    """A phone's whole call."""
    telephone = open_anywhere(lambda at: Telephone(engine, at, PORTS), "127.0.0.1")
    call = telephone.call(order(number, to, 1.0), record_to)
    assert await telephone.until_parted(call, 5.0)
    telephone.close()
    return call


@pytest.mark.parametrize("number", ["+15005550100", "+15005550101"])
async def test_a_phone_hears_the_tone_of_the_carrier_and_its_own_echo(
    sandbox: Sandbox, engine: RtpEngine, number: str, tmp_path: Path
) -> None:
    call = await called(engine, number, sandbox.carrier.address, tmp_path / "heard.wav")
    assert call.answered
    assert call.figures is not None
    assert 40 <= call.figures.packets_received <= 60
    assert 40 <= call.figures.packets_sent <= 60
    assert hear_file(tmp_path / "heard.wav", TONE_HZ).seconds >= 0.6


async def test_the_silent_number_sends_no_packet(sandbox: Sandbox, engine: RtpEngine, tmp_path: Path) -> None:
    call = await called(engine, "+15005550112", sandbox.carrier.address, tmp_path / "heard.wav")
    assert call.answered
    assert call.figures is not None
    assert call.figures.packets_received == 0
    assert not hear_file(tmp_path / "heard.wav", TONE_HZ).heard


# ---- calls that are asked for


@pytest.fixture
async def platform(settings: Settings, engine: RtpEngine) -> AsyncIterator[Telephone]:
    """Stands where the gateway would: a telephone at the first gateway's address that answers with a tone."""

    def choose(user: str) -> Behaviour:
        assert user == "+12025550100"
        return (Answer(Sound.TONE),)

    telephone = Telephone(engine, settings.gateways[0].bind, PORTS, choose)
    yield telephone
    telephone.close()


async def asked(path: Path, line: bytes) -> list[dict[str, Any]]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(line)
    lines = [json.loads(each) async for each in reader]
    writer.close()
    return lines


@pytest.fixture
async def door(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "sandbox.sock"
    path.touch()  # what a killed process has left
    server = await listen(sandbox, path)
    yield path
    server.close()
    await server.wait_closed()


async def test_a_call_is_placed_and_told_of_once_it_is_answered(door: Path, platform: Telephone) -> None:
    (answer,) = await asked(door, b'{"from":"+12025550199","to":"+12025550100","seconds":0.2}\n')
    assert answer["sid"].startswith("SC")
    assert (answer["status"], answer["sip_status"]) == ("answered", 200)
    assert await platform.until(lambda: not platform.phone.live, 3.0)


async def test_a_call_is_followed_to_its_end_with_what_was_heard(door: Path, platform: Telephone) -> None:
    question = {"from": "+12025550199", "to": "+12025550100", "seconds": 1.0, "wait": "end", "events": True}
    *events, answer = await asked(door, json.dumps(question).encode() + b"\n")
    assert [event["event"] for event in events] == ["calling", "trying", "answered", "over"]
    assert (answer["status"], answer["tone_hz"]) == ("answered", 440)
    assert answer["tone_seconds"] >= 0.6
    assert answer["seconds"] == pytest.approx(1.0, abs=0.3)


async def test_a_call_that_nobody_takes_is_failed(door: Path) -> None:
    (answer,) = await asked(door, b'{"from":"+12025550199","to":"+12025550100"}\n')
    assert answer["status"] == "failed"
    assert "refused" in answer["reason"]


async def test_a_line_that_is_no_request_is_refused(door: Path) -> None:
    assert await asked(door, b"{}\n") == [
        {"error": "from must be a number or a name of at most 64 letters, digits and +*#._-"}
    ]
    assert await asked(door, b"x" * 100_000 + b"\n") == []


# ---- addresses and the end


async def test_an_address_in_use_names_the_sandbox_and_the_address(sandbox: Sandbox, settings: Settings) -> None:
    second = Sandbox(replace(settings, sandbox_carrier=HostPort("127.0.0.1", free_port())))
    why = "Address already in use (TRUNKLINE_SANDBOX_PBX)"
    assert second.open() == f"sandbox cannot listen on {settings.sandbox_pbx} (its PBX): {why}"
    third = Sandbox(settings)
    assert "its carrier" in third.open()


async def test_the_end_says_bye_to_every_call(sandbox: Sandbox, engine: RtpEngine) -> None:
    telephone = open_anywhere(lambda at: Telephone(engine, at, PORTS), "127.0.0.1")
    call = telephone.call(order("+15005550100", sandbox.carrier.address, 60.0))
    assert await telephone.until(lambda: call.answered, 3.0)
    await sandbox.close(asyncio.Event())
    assert await telephone.until(lambda: call.over, 1.0)
    assert call.reason == "hung up by the peer"
    telephone.close()


@pytest.mark.parametrize("hurried", [True, False])
async def test_a_peer_that_does_not_confirm_holds_up_a_hurried_end_for_a_second(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hurried: bool
) -> None:
    monkeypatch.setattr("trunkline.service.sandbox.process._GRACE_S", 1.5)
    sandbox = Sandbox(settings)
    assert sandbox.open() == ""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.setblocking(False)
        mute.bind(("127.0.0.1", 0))

        def send(data: bytes) -> None:
            at = sandbox.carrier.address
            mute.sendto(data.replace(b"5099", str(mute.getsockname()[1]).encode()), (at.host, at.port))

        send(request("INVITE", "15005550101", body=OFFER))
        answer = b""
        while not answer.startswith(b"SIP/2.0 200"):
            answer = await asyncio.wait_for(loop.sock_recv(mute, 65536), 3.0)
        send(request("ACK", "15005550101", to_tag=parse(answer).to.tag, branch="ack"))
        assert await sandbox.carrier.until(lambda: not sandbox.carrier.phone.live[0].over, 1.0)
        hurry = asyncio.Event()
        if hurried:
            hurry.set()
        began = loop.time()
        await sandbox.close(hurry)
        took = loop.time() - began
        assert (0.9 <= took < 1.4) if hurried else (1.4 <= took < 1.9)
        assert (await loop.sock_recv(mute, 65536)).startswith(b"BYE ")


async def test_a_peer_that_is_gone_holds_up_nothing(sandbox: Sandbox, engine: RtpEngine) -> None:
    telephone = open_anywhere(lambda at: Telephone(engine, at, PORTS), "127.0.0.1")
    call = telephone.call(order("+15005550101", sandbox.carrier.address, 60.0))
    assert await telephone.until(lambda: call.answered, 3.0)
    assert await sandbox.carrier.until(lambda: len(sandbox.carrier.phone.live) == 1, 1.0)
    telephone.close()
    began = asyncio.get_running_loop().time()
    await sandbox.close(asyncio.Event())
    assert asyncio.get_running_loop().time() - began < 1.0


@pytest.fixture
def program(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """`trunkline sandbox` as a process, once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trunkline", "sandbox"], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "ready"
    yield process
    process.kill()
    process.wait()
    process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_and_its_calls(
    program: subprocess.Popen[str], settings: Settings, engine: RtpEngine, number: signal.Signals
) -> None:
    """Design, section 7: exit 0, live calls get a BYE; a second sandbox at the same address is refused with 2."""
    second = subprocess.run(
        [sys.executable, "-m", "trunkline", "sandbox"], capture_output=True, text=True, timeout=10, check=False
    )
    assert second.returncode == 2
    assert f"sandbox cannot listen on {settings.sandbox_carrier} (its carrier)" in second.stderr
    telephone = open_anywhere(lambda at: Telephone(engine, at, PORTS), "127.0.0.1")
    call = telephone.call(order("+15005550100", settings.sandbox_carrier, 60.0))
    assert await telephone.until(lambda: call.answered, 3.0)
    program.send_signal(number)
    assert await telephone.until(lambda: call.over, 3.0)
    assert program.wait(5.0) == 0
    telephone.close()
