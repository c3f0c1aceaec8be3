"""`trunkline demo` and `trunkline phone` against the whole service: `make demo` shows both calls and their records."""

import os
import re
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.port import PortBlock
from tests.interop.service import PROGRAM, Trunkline
from trunkline.protocol.rtp import tone

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A running service with its sandbox, and the settings by which the command line finds it."""
    ports, tmp_path = PortBlock(), tmp_path_factory.mktemp("service")
    settings = {
        "TRUNKLINE_HOME": str(tmp_path / "home"),
        "TRUNKLINE_SANDBOX": "true",
        "TRUNKLINE_SIP_BIND": f"127.0.0.1:{ports.take(2, even=True)}",
        "TRUNKLINE_SANDBOX_CARRIER": f"127.0.0.1:{ports.take()}",
        "TRUNKLINE_SANDBOX_PBX": f"127.0.0.1:{ports.take()}",
        "TRUNKLINE_RTP_PORTS": "34000-60000",
    }
    with Trunkline(tmp_path, ports, settings) as service:
        bind = service.url.removeprefix("http://")
        token = service.api().auth[1]
        own = {"TRUNKLINE_ACCOUNT_SID": service.account_sid, "TRUNKLINE_AUTH_TOKEN": token}
        yield {**os.environ, **settings, **own, "TRUNKLINE_HTTP_BIND": bind, "COLUMNS": "200"}
    ports.release()


def run(environment: dict[str, str], *words: str | Path) -> tuple[int, str]:
    ended = subprocess.run(
        [PROGRAM, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout


def test_the_demo_shows_a_call_each_way_and_their_records(environment: dict[str, str]) -> None:
    status, shown = run(environment, "demo")
    assert status == 0, shown
    assert shown.count("answered") == 2
    assert len(re.findall(r"heard .* 440 Hz tone for [12]\.\d s", shown)) == 2
    records = re.findall(r"CA[0-9a-f]{32}  (\S+)  \S+ -> (\S+)  completed, \d+ s", shown)
    assert sorted(records) == [("trunking-originating", "+12025550100"), ("trunking-terminating", "+15005550100")]


def test_the_phone_calls_through_the_demo_trunk(environment: dict[str, str], tmp_path: Path) -> None:
    """The two commands of the README."""
    heard = tmp_path / "heard.wav"
    status, shown = run(environment, "phone", "+15005550101", "--seconds", "1", "--record", heard)
    assert status == 0, shown
    assert "challenged" in shown
    with wave.open(str(heard)) as file:
        samples = file.readframes(file.getnframes())
    assert len(samples) >= 8000
    assert tone.share(samples, 440) > 0.9
    status, shown = run(environment, "phone", "+15005550103")
    assert status == 1
    assert "486 Busy Here" in shown
