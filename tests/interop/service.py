"""The service as its user runs it: `trunkline up` in a process of its own, its API, its health, its end."""

import os
import secrets
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.interop.port import PortBlock
from tests.interop.process import PeerProcess

PROGRAM = Path(sys.executable).with_name("trunkline")
DOMAIN = "trunkline.localhost"
RTP_PORTS = "34000-60000"  # busy ones are skipped, so that runs may share them
CHANGE_S = 1.0  # a change over REST holds for the next call within a second (design decision 18)
NORTH_AMERICA = (  # +1: tests take area codes as they come
    *("US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC", "MP", "MS", "PR"),
    *("SX", "TC", "TT", "VC", "VG", "VI"),
)
STOP_S = 12.0  # 10 s by design section 7, and the time to see it


@dataclass(frozen=True, slots=True)
class OpenTrunk:
    """A trunk that is ready for calls both ways: what the two peers must be told."""

    sid: str
    domain: str
    user: str
    password: str
    numbers: tuple[str, ...]


class Trunkline:
    """One running service; `with Trunkline(...) as service`, or `start` and `close`."""

    def __init__(self, home: Path, ports: PortBlock, settings: Mapping[str, str] | None = None) -> None:
        """Settings are environment variables; they win over the harness's own. The sandbox is off unless asked for."""
        self.home = home
        self.account_sid = "AC" + secrets.token_hex(16)
        self._token = secrets.token_hex(16)
        self._operator_token = secrets.token_hex(16)
        self.sip_port = ports.take(2, even=True)
        self.http_port = ports.take()
        self.ng_port = ports.take()
        self._environment = {
            "TRUNKLINE_HOME": str(home / "home"),
            "TRUNKLINE_DOMAIN": DOMAIN,
            "TRUNKLINE_SIP_BIND": f"127.0.0.1:{self.sip_port}",
            "TRUNKLINE_HTTP_BIND": f"127.0.0.1:{self.http_port}",
            "TRUNKLINE_NG_BIND": f"127.0.0.1:{self.ng_port}",
            "TRUNKLINE_SANDBOX_CARRIER": f"127.0.0.1:{ports.take()}",
            "TRUNKLINE_SANDBOX_PBX": f"127.0.0.1:{ports.take()}",
            "TRUNKLINE_VOICE_BIND": f"127.0.0.1:{ports.take()}",
            "TRUNKLINE_RTP_PORTS": RTP_PORTS,
            "TRUNKLINE_SANDBOX": "false",
            "TRUNKLINE_OVERLOAD_LAG_S": "1",  # the machine has other work: late is not overloaded here
            "TRUNKLINE_ACCOUNT_SID": self.account_sid,
            "TRUNKLINE_AUTH_TOKEN": self._token,
            "TRUNKLINE_OPERATOR_TOKEN": self._operator_token,
            **(settings or {}),
        }
        self._process: PeerProcess | None = None
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.http = httpx2.Client(base_url=self.url, timeout=10)
        self.operator = httpx2.Client(
            base_url=f"{self.url}/operator/v1", auth=("operator", self._operator_token), timeout=10
        )
        self._sdk = TwilioHttpClient(pool_connections=True, timeout=10)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()  # nobody else will
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._end()

    def start(self, seconds: float = 30) -> None:
        """Starts it (again, on the same home) and waits until every process is ready."""
        self._process = PeerProcess([PROGRAM, "up"], self.home / "up.log", env=self._environment, cwd=self.home)
        self._process.wait_until(self.is_healthy, seconds)
        limits = f"/Accounts/{self.account_sid}/Limits"
        answer = self.operator.post(limits, data={"Countries": ["GB", *NORTH_AMERICA]})
        assert answer.status_code == 200, answer.text

    def is_healthy(self) -> bool:
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def health(self) -> dict[str, Any]:
        """The body of /healthz, whatever its status."""
        body: dict[str, Any] = self.http.get("/healthz").json()
        return body

    def pid(self, name: str) -> int:
        """The process id of the first process of that name (`gateway`, `relay`, `control`, ...)."""
        return next(int(each["pid"]) for each in self.health()["processes"] if each["name"] == name)

    @property
    def supervisor(self) -> int:
        """The process id of `trunkline up` itself."""
        return self._running().pid

    def kill(self, name: str) -> int:
        """kill -9 of one process; the supervisor must bring it back (wait with `wait_restarted`). Its former pid."""
        pid = self.pid(name)
        assert pid > 0, f"{name} is not running"  # 0 would be this very process and its group
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, name: str, former: int, seconds: float = 15) -> int:
        """The new pid of a process that was killed, once everything is ready again."""
        process = self._running()
        # A restart under way shows as pid 0, and health may still be that of before the death.
        process.wait_until(lambda: self._is_back(name, former), seconds)
        return self.pid(name)

    def _is_back(self, name: str, former: int) -> bool:
        try:
            return self.pid(name) not in {0, former} and self.is_healthy()
        except httpx2.TransportError:
            return False  # it is control that died, perhaps while it answered

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end, as its user would; the exit status."""
        process = self._running()
        self._process = None
        return process.stop(number, STOP_S)

    def send_signal(self, number: signal.Signals) -> None:
        """One signal to `trunkline up`, without waiting."""
        self._running().popen.send_signal(number)

    def wait(self, seconds: float = STOP_S) -> int:
        """The exit status of a service that has been told to end, or that cannot go on."""
        process = self._running()
        self._process = None
        return process.wait(seconds)

    def close(self) -> None:
        """Stops what still runs and holds it to its promise: exit 0, no process of its own left behind."""
        children = [int(each["pid"]) for each in self.health()["processes"]] if self._process else []
        words = self._process.last_words if self._process else str
        status = self._end()
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        assert status == 0, f"trunkline up ended with {status}: {words()}"
        assert not left, f"trunkline up left {left} behind: {words()}"

    def secrets(self) -> tuple[str, str]:
        """The account's token and the operator's, for a test to look for where they must not be."""
        return self._token, self._operator_token

    def api(self, account_sid: str = "", token: str = "") -> Client:
        """The official SDK, unmodified but for its base URLs, as the first account or another one."""
        client = Client(account_sid or self.account_sid, token or self._token, http_client=self._sdk)
        client.api.base_url = self.url
        client.trunking.base_url = self.url
        return client

    def records(self, **filters: str) -> list[Any]:
        """The call records of the account, newest first (SDK CallInstance), all or those that `filters` (`to`) name."""
        return list(self.api().calls.list(**filters))

    def wait_for_records(self, number: int, seconds: float = 10, **filters: str) -> list[Any]:
        """The records, once there are `number` of them that are over; AssertionError names what was there instead."""
        deadline = time.monotonic() + seconds
        while True:
            records = self.records(**filters)
            over = [each for each in records if each.status not in {"queued", "ringing", "in-progress", "initiated"}]
            if len(over) >= number:
                return records
            assert time.monotonic() < deadline, f"{len(over)} of {number} records in {seconds} s (all: {len(records)})"
            time.sleep(0.05)

    def stored_calls(self, trunk_sid: str, number: int, seconds: float = 10) -> list[dict[str, Any]]:
        """The whole rows of a trunk's calls, oldest first, once there are `number`: more than REST tells of a call."""
        query = "SELECT * FROM call WHERE trunk_sid = ? ORDER BY invited_at"
        connection = sqlite3.connect(f"file:{self.home / 'home' / 'trunkline.db'}?mode=ro", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        deadline = time.monotonic() + seconds
        try:
            while len(rows := connection.execute(query, (trunk_sid,)).fetchall()) < number:
                assert time.monotonic() < deadline, f"{len(rows)} of {number} records in {seconds} s"
                time.sleep(0.1)
        finally:
            connection.close()
        return [dict(row) for row in rows]

    def attempts(self, call_sid: str) -> list[int]:
        """The final SIP statuses of a call's attempts, in order."""
        connection = sqlite3.connect(f"file:{self.home / 'home' / 'trunkline.db'}?mode=ro", uri=True, timeout=5)
        try:
            query = "SELECT sip_status FROM call_attempt WHERE call_sid = ? ORDER BY position"
            return [int(status) for (status,) in connection.execute(query, (call_sid,))]
        finally:
            connection.close()

    def open_trunk(
        self,
        name: str,
        *,
        carrier: tuple[str, int] | None = None,
        prefix: str = "+",
        pbx: Sequence[str] = (),
        numbers: Sequence[str] = ("+15005550101",),
        settings: Mapping[str, Any] | None = None,
    ) -> OpenTrunk:
        """A trunk with a credential and numbers; calls to `prefix` go to `carrier`, calls in to `pbx` in order."""
        api = self.api()
        domain = f"{name}.pstn.{DOMAIN}"
        trunk = api.trunking.v1.trunks.create(friendly_name=name, domain_name=domain, **(settings or {}))
        user, password = name, f"Aa1-{secrets.token_hex(12)}"
        credentials = api.sip.credential_lists.create(friendly_name=name)
        credentials.credentials.create(username=user, password=password)
        trunk.credentials_lists.create(credential_list_sid=credentials.sid)
        self.own_numbers(trunk.sid, numbers)
        for priority, uri in enumerate(pbx):
            trunk.origination_urls.create(
                weight=10, priority=priority, enabled=True, friendly_name=f"{name} {priority}", sip_url=uri
            )
        if carrier:
            self.add_carrier(f"sip:{carrier[0]}:{carrier[1]}", prefix=prefix)
        time.sleep(CHANGE_S)
        return OpenTrunk(str(trunk.sid), domain, user, password, tuple(numbers))

    def own_numbers(self, trunk_sid: str | None, numbers: Sequence[str], api: Client | None = None) -> None:
        """Puts numbers into the inventory, buys them, and associates them with the trunk when one is given."""
        self._operate("Inventory", {"PhoneNumber": list(numbers), "IsoCountry": "US", "Type": "local"})
        api = api or self.api()
        for number in numbers:
            bought = api.incoming_phone_numbers.create(phone_number=number)
            if trunk_sid:
                api.trunking.v1.trunks(trunk_sid).phone_numbers.create(phone_number_sid=bought.sid)

    def add_carrier(self, *gateways: str, prefix: str = "+", priority: int = 1) -> str:
        """A carrier for all numbers that begin with `prefix`; its SID."""
        fields = {"FriendlyName": "peer", "Gateway": list(gateways), "Prefix": [prefix], "Priority": str(priority)}
        fields["OptionsPing"] = "false"  # sipp takes an OPTIONS for a call that goes wrong
        return str(self._operate("Carriers", fields)["sid"])

    def _operate(self, resource: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.operator.post(f"/{resource}", data=dict(fields))
        assert answer.status_code == 201, f"{resource}: {answer.status_code} {answer.text}"
        body: dict[str, Any] = answer.json()
        return body

    def _running(self) -> PeerProcess:
        assert self._process is not None, "trunkline up is not running"
        return self._process

    def _end(self) -> int:
        status = self.stop() if self._process else 0
        self.http.close()
        self.operator.close()
        if self._sdk.session is not None:
            self._sdk.session.close()
        return status
