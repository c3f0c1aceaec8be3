"""The process itself: signals, a taken port, a store that nobody prepared (design, section 7)."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.shell.certificate import certificates
from tests.shell.mail_server import LOGIN, MailServer, serving
from tests.unit.platform_store import rows
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.kit.ids import AccountSid
from trunkline.platform.setting import clock
from trunkline.platform.setting.address import HostPort
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import load_settings
from trunkline.platform.store.engine import open_store
from trunkline.platform.store.first_account import open_vault, prepare_first_start
from trunkline.platform.store.migrate import migrate
from trunkline.platform.store.record_writer import write_records
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.process import listen

PROGRAM = (
    "import sys; from trunkline.platform.setting.settings import load_settings;"
    "from trunkline.service.control.process import run; sys.exit(run(load_settings()))"
)
SID, TOKEN = "AC" + "d" * 32, "the-token-of-the-test"


@pytest.fixture
def address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def environment(tmp_path: Path, address: str) -> dict[str, str]:
    own = {
        "TRUNKLINE_HOME": str(tmp_path),
        "TRUNKLINE_HTTP_BIND": address,
        "TRUNKLINE_ACCOUNT_SID": SID,
        "TRUNKLINE_AUTH_TOKEN": TOKEN,
        "TRUNKLINE_LOG_LEVEL": "info",
    }
    return {**{name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}, **own}


@pytest.fixture
def prepared(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a home whose store is as `trunkline up` leaves it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    async def prepare() -> None:
        settings = load_settings()
        settings.home.prepare()
        await migrate(settings.database_url.reveal())
        store = open_store(settings.database_url.reveal())
        await prepare_first_start(settings, store, open_vault(settings), RandomIds(), clock.wall())
        await store.close()

    asyncio.run(prepare())
    return environment


@contextmanager
def _control(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _healthy(address: str, process: subprocess.Popen[str]) -> httpx2.Response:
    """Asks until the listener is there; then the request waits by itself until it is served."""
    while True:
        try:
            return httpx2.get(f"http://{address}/healthz", timeout=20)
        except httpx2.ConnectError:
            assert process.poll() is None, process.communicate()


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_no_secret_was_logged(
    prepared: dict[str, str], address: str, number: signal.Signals
) -> None:
    path = f"{prepared['TRUNKLINE_HOME']}/notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(path)
        notified.settimeout(10)
        with _control({**prepared, "NOTIFY_SOCKET": path}) as process:
            assert _healthy(address, process).json()["status"] == "ok"
            answer = httpx2.get(f"http://{address}/v1/Trunks", auth=(SID, TOKEN))
            assert answer.status_code == 200
            assert httpx2.get(f"http://{address}/v1/Trunks", auth=(SID, "a-wrong-token")).status_code == 401
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
            assert notified.recv(256).decode() == f"READY=1\nX_TRUNKLINE=control {process.pid}"
    assert process.returncode == 0, err
    assert out == ""
    assert '"path":"/v1/Trunks"' in err
    for secret in (TOKEN, "a-wrong-token", "Authorization"):
        assert secret not in err


@pytest.mark.e2e
def test_a_taken_port_names_the_process_and_the_address(prepared: dict[str, str], address: str) -> None:
    host, port = address.split(":")
    with socket.socket() as holder:
        holder.bind((host, int(port)))
        holder.listen()
        with _control(prepared) as process:
            _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    line = f"trunkline: control cannot listen on {address}: Address already in use (TRUNKLINE_HTTP_BIND)"
    assert err.splitlines() == [line]


@pytest.mark.e2e
def test_a_store_that_was_never_prepared_is_told_in_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    async def empty() -> None:
        await migrate(f"sqlite:///{tmp_path / 'trunkline.db'}")

    asyncio.run(empty())
    with _control(environment) as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert err.startswith("trunkline: control: the store has no digest_realm yet")
    assert len(err.splitlines()) == 1


@pytest.mark.e2e
def test_a_slow_request_does_not_keep_it_from_ending(prepared: dict[str, str], address: str) -> None:
    host, port = address.split(":")
    with _control(prepared) as process:
        _healthy(address, process)
        with socket.create_connection((host, int(port))) as stuck:
            stuck.sendall(b"POST /v1/Trunks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            _healthy(address, process)
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    assert process.returncode == 0


async def test_answers_leave_at_once() -> None:
    """Without TCP_NODELAY a request on a kept connection waited 40 ms for the client's delayed acknowledgement."""
    listener = listen(HostPort("127.0.0.1", 0))
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken: socket.socket = writer.get_extra_info("socket")
        accepted.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(note, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await accepted != 0
        writer.close()


@pytest.mark.e2e
def test_row_126_it_mails_alerts_over_a_protected_connection_and_logs_no_login(prepared: dict[str, str]) -> None:
    async def raise_alert() -> None:
        store = open_store(load_settings().database_url.reveal())
        async with store.writing() as session:
            account = await session.get(AccountRow, SID)
            assert account is not None
            account.alert_email = "ops@example.com"
            await session.commit()
        alert = Alert(
            sid=rows.sid("NO", 1), code=32011, text="Origination attempt failed", level=AlertLevel.ERROR,
            raised_at=clock.wall(), account_sid=AccountSid(SID),
        )  # fmt: skip
        await write_records(store, [], [alert])
        await store.close()

    async def mailed(server: MailServer) -> str:
        await raise_alert()
        async with serving(server, "starttls"):
            url = f"smtp+starttls://{LOGIN[0]}:{LOGIN[1]}@127.0.0.1:{server.port}"
            own = {"TRUNKLINE_SMTP_URL": url, "TRUNKLINE_MAIL_FROM": "trunks@voice.example"}
            trusted = {"SSL_CERT_FILE": str(certificates().authority_file)}
            with _control({**prepared, **own, **trusted}) as process:
                await asyncio.wait_for(server.taken.wait(), 20)
                process.send_signal(signal.SIGTERM)
                _, err = await asyncio.to_thread(process.communicate, timeout=10)
                return err

    server = MailServer()
    err = asyncio.run(mailed(server))
    assert [mail["Subject"] for mail in server.mails] == ["Alert 32011: Origination attempt failed"]
    assert server.envelopes == [("trunks@voice.example", ["ops@example.com"], True)]
    assert LOGIN[1] not in err
