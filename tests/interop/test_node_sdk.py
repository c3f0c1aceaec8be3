"""The official Node SDK: its suite in tests/node, run against a control process of our own (row 151)."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.compatibility import Operation

from tests.contract.furnished import furnish
from tests.contract.operation import REFUSED, operation_of, published
from tests.contract.rest_service import Service
from tests.contract.test_twilio_sdk_paging import EMPTY, LISTS
from tests.interop.peer import peer
from tests.unit.service_control.account.test_calls import live
from tests.unit.service_control.house import SECOND, TOKENS
from trunkline.platform.store.table.phone_number import StockType

pytestmark = pytest.mark.interop

SUITE = Path(__file__).parents[1] / "node"
LONGEST_S = 200
OLDEST = 20
"""The first Node that the SDK takes."""


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


TYPES: dict[str, StockType] = {
    "local": "local", "mobile": "mobile", "tollFree": "toll-free", "national": "national",
    "sharedCost": "shared-cost", "voip": "voip", "machineToMachine": "m2m",
}  # fmt: skip
"""The SDK's names of the types of numbers."""


@pytest.mark.timeout(LONGEST_S + 30)
def test_row_151_the_node_suite_passes_and_asks_for_everything(node: Path, service: Service, tmp_path: Path) -> None:
    """Every operation that the page calls served was asked for and answered, every list beyond its first page."""
    talking = live(1, account=SECOND)
    own = furnish(service, service.client(SECOND))
    for name in ("north", "south"):
        own.client.api.v2010.accounts.create(friendly_name=name)
    held = {name: getattr(own, name) for name in ("trunk", "users", "acl", "address", "call")}
    for_sale = {name: service.numbers(1, type_)[0] for name, type_ in TYPES.items()}
    told = held | {"live": talking["sid"], "for_sale": for_sale}
    with service.gateway(talking) as gateway:
        asked = _run(node, service, json.dumps(told), tmp_path / "asked.json")
    assert [question["sid"] for question in gateway.asked] == [talking["sid"]]
    answered = {operation for operation, status, _ in asked if status < 300 or operation in REFUSED}
    assert published() - answered == set(), "served, and no case asks for it"
    paged = {operation for operation, _, url in asked if "Page=1" in url}
    assert paged >= {("GET", route) for route in LISTS.keys() - EMPTY}


def _run(node: Path, service: Service, own: str, kept: Path) -> list[tuple[Operation | None, int, str]]:
    """The requests that the suite made: operation, status, address."""
    environment = os.environ | {
        "BASE": service.base,
        "ACCOUNT_SID": SECOND,
        "AUTH_TOKEN": TOKENS[SECOND],
        "OWN": own,
        "ASKED": str(kept),
    }
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "conformance.test.mjs"],
        check=False, cwd=SUITE, env=environment, capture_output=True, text=True, timeout=LONGEST_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    written = sum(part.read_text(encoding="utf-8").count("\ntest(") for part in SUITE.glob("*.mjs"))
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) == written, "every test of the suite ran"
    requests = json.loads(kept.read_text(encoding="utf-8"))
    return [(operation_of(one["method"], one["url"]), one["status"], one["url"]) for one in requests]
