"""The official Node SDK: its suite in tests/node, run against a control process of our own (row 151)."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.rest_service import Service
from tests.contract.stock import stock
from tests.interop.peer import peer

pytestmark = pytest.mark.interop

SUITE = Path(__file__).parents[1] / "node"
OLDEST = 20
"""The first Node that the SDK takes."""
NUMBERS = ("+12025550160", "+12025550161")


@pytest.fixture(scope="module")
def node() -> Path:
    """Node with the SDK installed beside the suite, once for each lock; what is missing is named."""
    program, npm = peer("node"), peer("npm")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        pytest.skip(f"missing peer: node (version {OLDEST} or later; {version} is here)")
    lock, installed = SUITE / "package-lock.json", SUITE / "node_modules" / ".trunkline-lock"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        done = subprocess.run(command, check=False, cwd=SUITE, capture_output=True, text=True, timeout=100)
        if done.returncode != 0:
            pytest.skip("missing peer: twilio for Node (npm could not install it)")
        installed.write_bytes(lock.read_bytes())
    return program


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as running:
        yield running


def test_row_151_the_node_suite_passes(node: Path, service: Service) -> None:
    client = service.client()
    account = client.api.v2010.accounts.create(friendly_name="for Node")
    calls = service.run(stock(service.house, account.sid, *NUMBERS))
    environment = os.environ | {
        "BASE": service.base,
        "ACCOUNT_SID": account.sid,
        "AUTH_TOKEN": account.auth_token,
        "CALL_SIDS": ",".join(calls),
        "NUMBERS": ",".join(NUMBERS),
    }
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "conformance.test.mjs"],
        check=False, cwd=SUITE, env=environment, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    written = (SUITE / "conformance.test.mjs").read_text(encoding="utf-8").count("\ntest(")
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) == written, "every test of the suite ran"
