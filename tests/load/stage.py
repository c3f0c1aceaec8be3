"""The running service with a PBX and a carrier of the tests' own around it, and what can be seen of its inside."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.interop.port import PortBlock
from tests.interop.service import OpenTrunk, Trunkline
from tests.load.actor import Actor, Line, Script
from tests.load.ledger import Ledger, Outage, Verdict, compare, read_records
from tests.load.voice import Voices
from trunkline.kit.secret import Secret
from trunkline.platform.journal.journal import RECORDED, CallJournal
from trunkline.platform.setting.home import Home
from trunkline.platform.setting.unix_path import unix_path
from trunkline.platform.store.vault import Vault
from trunkline.protocol.ng.answer import Ok, call_ids, parse_result
from trunkline.protocol.ng.command import ListCalls
from trunkline.protocol.ng.datagram import body_of, command_datagram
from trunkline.service.gateway.journal import entry

PBX_HOST = "127.90.0.1"
CARRIER_HOST = "127.91.0.1"
LINGER_S = 34.0
"""64*T1, for which transactions outlive their calls, and the time to see it."""


def number_of(index: int) -> str:
    """A number of its own for each call."""
    return f"+1{200 + index // 100}55501{index % 100:02d}"


class Stage:
    """`async with Stage(folder) as stage`."""

    def __init__(self, folder: Path, *, audio: bool = False) -> None:
        self._ports = PortBlock()
        self._ng = ("127.0.0.1", self._ports.take())
        self.service = Trunkline(folder, self._ports, {"TRUNKLINE_NG_BIND": f"127.0.0.1:{self._ng[1]}"})
        self.ledger = Ledger()
        self.scripts: dict[str, Script] = {}
        gateway = ("127.0.0.1", self.service.sip_port)
        self.pbx, self.carrier = (
            Actor(host, self._ports.take(host=host), gateway, self.ledger, self.scripts)
            for host in (PBX_HOST, CARRIER_HOST)
        )
        self._audio = audio
        self._was_quiet = False
        self._trunk: OpenTrunk | None = None
        self.outages: list[Outage] = []
        self.home = Home(folder / "home")
        self.gateway_name = f"gateway-127.0.0.1-{self.service.sip_port}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.service.start)
        host, port = self.pbx.address
        trunk = self._trunk = await asyncio.to_thread(
            self.service.open_trunk, "crash", carrier=self.carrier.address, pbx=[f"sip:{host}:{port}"]
        )
        self.pbx.login = (trunk.user, Secret(trunk.password))
        if self._audio:
            self.pbx.voices = self.carrier.voices = Voices()
        self.pbx.open()
        self.carrier.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.pbx.close()
        self.carrier.close()
        if self.pbx.voices is not None:
            self.pbx.voices.close()
        await asyncio.to_thread(self.service.__exit__, kind, None, None)
        if kind is None:
            self._assert_journal_empty()
        self._ports.release()

    # ---- calls

    @property
    def trunk(self) -> OpenTrunk:
        assert self._trunk is not None
        return self._trunk

    def dial(self, script: Script) -> Line:
        """Begin one call, from the side that its script names."""
        self.scripts[script.number] = script
        (number,) = self.trunk.numbers
        if script.out:
            return self.pbx.dial(script, script.number, self.trunk.domain, number)
        return self.carrier.dial(script, number, f"127.0.0.1:{self.service.sip_port}", script.number)

    def line(self, script: Script, who: str) -> Line:
        """The end of one call that is the caller's or the callee's."""
        actor = self.pbx if script.out is (who == "caller") else self.carrier
        return actor.lines["caller" if who == "caller" else "callee", script.number]

    def hang_up(self, script: Script, who: str) -> None:
        actor = self.pbx if script.out is (who == "caller") else self.carrier
        actor.hang_up(self.line(script, who))

    # ---- processes

    def child(self, name: str) -> dict[str, Any]:
        """What the supervisor says of one process."""
        rows: list[dict[str, Any]] = json.loads(self.home.status.read_text())["processes"]
        return next(row for row in rows if row["name"] == name)

    def kill(self, name: str) -> float:
        """kill -9, now; when that was."""
        at = time.time()
        os.kill(self.child(name)["pid"], signal.SIGKILL)
        return at

    async def kill_and_wait(self, name: str, seconds: float = 20.0) -> Outage:
        """kill -9, and until the supervisor has another one ready."""
        former = self.child(name)["pid"]
        at = self.kill(name)
        await until(lambda: self.is_another(name, former), seconds, f"no new {name}")
        outage = Outage(at, time.time())
        self.outages.append(outage)
        return outage

    def is_another(self, name: str, former: int) -> bool:
        """Whether a process has been replaced by one that is ready."""
        child = self.child(name)
        return bool(child["state"] == "ready" and child["pid"] != former)

    # ---- inside

    async def ask(self, verb: str) -> dict[str, Any]:
        """One question to the gateway's admin socket; {} while nobody is there."""
        try:
            with unix_path(self.home.socket(self.gateway_name)) as address:
                reader, writer = await asyncio.open_unix_connection(address)
        except OSError:
            return {}
        try:
            writer.write(json.dumps({"verb": verb}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline() or b"{}")
            return answer
        finally:
            writer.close()

    async def wait_quiet(self, seconds: float = LINGER_S + 10) -> None:
        """Until the gateway holds nothing: no call, session, transaction or timer; then the relay holds nothing."""
        deadline = time.monotonic() + seconds
        while not (state := await self.ask("state")).get("quiet"):
            assert time.monotonic() < deadline, f"the gateway is not quiet after {seconds} s: {state}"
            await asyncio.sleep(0.1)
        assert self.relay_calls() == []
        self._was_quiet = True

    async def wait_silent(self, seconds: float = 10.0) -> None:
        """Until nobody talks any more and the relay holds nothing."""
        deadline = time.monotonic() + seconds
        while (state := await self.ask("state")).get("talking") != 0 or self.relay_calls():
            assert time.monotonic() < deadline, f"calls are left after {seconds} s: {state}"
            await asyncio.sleep(0.05)

    def relay_calls(self) -> list[str]:
        """The sessions of the relay, by its own word."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.connect(self._ng)
            cookie = b"stage_1"
            sock.send(command_datagram(cookie, ListCalls(10_000)))
            result = parse_result(body_of(sock.recv(65535), cookie))
        assert isinstance(result, Ok)
        return call_ids(result)

    def _assert_journal_empty(self) -> None:
        """After the end of the service: no call to be taken back, no record that the store has not got.

        A service that was ended before it was quiet may repeat the last messages of calls that are recorded.
        """
        key = Vault(self.home.secret_key()).mac_key(f"journal:{self.gateway_name}")
        journal = CallJournal.open(self.home.journal / self.gateway_name, key, entry.LAZY)
        kept = journal.replay()
        journal.close_files()
        live = [sid for sid, entries in kept.items() if RECORDED not in dict(entries)]
        assert not (kept if self._was_quiet else live)
        assert not journal.has_unstored
        assert not journal.damaged

    async def verdict(self, records: int, seconds: float = 10.0) -> Verdict:
        """Both ends and the records compared, once there are as many records as expected or the time is up."""
        deadline = time.monotonic() + seconds
        while len(rows := read_records(self.home.database)) < records and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        return compare(self.ledger, rows, self.outages)


async def until(enough: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """AssertionError with `otherwise` when the time is up."""
    deadline = time.monotonic() + seconds
    while not enough():
        assert time.monotonic() < deadline, f"{otherwise} in {seconds} s"
        await asyncio.sleep(0.01)
