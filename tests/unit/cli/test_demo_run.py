"""`trunkline demo` and `trunkline phone` against the whole service: `make demo` shows both calls and their records."""

import os
import re
import subprocess
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.interop.port import PortBlock
from tests.interop.service import PROGRAM, Trunkline
from trunkline.platform.sipnet.authority import ecdsa_key, new_authority
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
        "TRUNKLINE_VOICE_BIND": f"127.0.0.1:{ports.take()}",
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


def test_the_phone_calls_and_is_called_over_tls(environment: dict[str, str], tmp_path: Path) -> None:
    """Rows 47, 75: through the demo trunk, whose gateway it verifies; then from phone to phone."""
    heard = tmp_path / "heard.wav"
    status, shown = run(environment, "phone", "+15005550101", "--tls", "--seconds", "1", "--record", heard)
    assert status == 0, shown
    assert " by tls:127.0.0.1:" in shown
    with wave.open(str(heard)) as file:
        assert tone.share(file.readframes(file.getnframes()), 440) > 0.9
    certificate = tmp_path / "phone.pem"
    made = new_authority("phone.test", ecdsa_key(), datetime.now(UTC))
    certificate.write_bytes(made.key + made.certificate)
    ports = PortBlock()
    port = ports.take(2, even=True)
    words = ["phone", "--listen", f"127.0.0.1:{port}", "--calls", "1", "--certificate", str(certificate)]
    with subprocess.Popen([PROGRAM, *words], env=environment, stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        assert "listening" in listening.stdout.readline()
        direct = f"sip:bob@127.0.0.1:{port + 1};transport=tls"
        status, shown = run(environment, "phone", direct, "--seconds", "1")
        assert status == 1, shown
        assert "self-signed certificate" in shown
        status, shown = run(environment, "phone", direct, "--no-verify", "--seconds", "1")
        assert status == 0, shown
        assert listening.wait(10) == 0
    ports.release()
