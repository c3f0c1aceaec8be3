"""The relay as a process: it says why it cannot start, and SIGTERM ends it at once with 0."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from trunkline.service.relay.config import RelayConfig
from trunkline.service.relay.process import media_host

pytestmark = pytest.mark.e2e

HOST = "127.0.0.6"
_PROGRAM = (
    "import sys; from trunkline.service.relay.config import RelayConfig; "
    "from trunkline.service.relay.process import run; "
    "sys.exit(run(RelayConfig(('127.0.0.6', int(sys.argv[1])), sys.argv[2], sys.argv[2], (24000, 24999)), "
    "lambda: print('ready', flush=True)))"
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_zero_and_lines_of_json_are_its_log(number: signal.Signals) -> None:
    with _relay(_free_port()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, number)
        _, said = process.communicate(timeout=5)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["started", "stopped"]


def test_it_answers_as_soon_as_it_is_ready() -> None:
    port = _free_port()
    with _relay(port) as process, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        assert process.stdout is not None
        process.stdout.readline()
        client.settimeout(5)
        client.connect((HOST, port))
        client.send(b"1 d7:command4:pinge")
        assert client.recv(100) == b"1 d6:result4:ponge"
        process.terminate()
        process.communicate(timeout=5)


def test_an_address_in_use_is_named_with_the_process_that_wanted_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((HOST, 0))
        port = holder.getsockname()[1]
        with _relay(port) as process:
            _, said = process.communicate(timeout=5)
    line = json.loads(said)
    assert process.returncode == 2
    assert (line["event"], line["ng"]) == ("cannot-start", f"{HOST}:{port}")
    assert "in use" in line["reason"]


def test_a_media_address_that_is_not_ours_is_said_at_the_start() -> None:
    with _relay(_free_port(), rtp="192.0.2.1") as process:
        _, said = process.communicate(timeout=5)
    assert process.returncode == 2
    assert json.loads(said)["rtp"] == "192.0.2.1"


@contextmanager
def _relay(port: int, rtp: str = HOST) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(port), rtp], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


BINDS = [
    ("127.0.0.1", "192.0.2.1", "127.0.0.1"),
    ("0.0.0.0", "127.0.0.7", "127.0.0.7"),
    ("0.0.0.0", "198.51.100.7", "0.0.0.0"),
    ("0.0.0.0", "::1", "0.0.0.0"),
    ("::", "::1", "::1"),
    ("::", "127.0.0.7", "::"),
]


@pytest.mark.parametrize(("bind", "advertise", "host"), BINDS)
def test_a_wildcard_becomes_the_advertised_address_where_that_is_this_hosts(
    bind: str, advertise: str, host: str
) -> None:
    assert media_host(RelayConfig(rtp_bind=bind, rtp_advertise=advertise)) == host
