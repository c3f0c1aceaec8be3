"""A control process without sockets: a migrated store, two accounts, the application and clients of it."""

import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from fastapi import FastAPI

from tests.kit.clock import FakeClock
from tests.kit.unsynced import unsynced
from trunkline.kit.secret import Secret
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.fixed_value import fixed_value
from trunkline.platform.store.migrate import migrate
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.vault import Vault, account_token_context
from trunkline.service.control.api.context import Control
from trunkline.service.control.application import create_app
from trunkline.service.control.health import Health
from trunkline.service.control.provisioning.workbench import Workbench

DOMAIN = "trunkline.localhost"
REALM = f"sip.{DOMAIN}"
BASE = "http://control.test"
FIRST, SECOND, SUB = "AC" + "1" * 32, "AC" + "2" * 32, "AC" + "3" * 32
TOKENS = {FIRST: "first-token", SECOND: "second-token", SUB: "sub-token"}
OPERATOR = "operator-token"
KEY = "k" * 64


class SteppingWall:
    """A wall clock that moves on by a second at each look, so that the order of rows is known."""

    def __init__(self, at: datetime = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass(frozen=True, slots=True)
class House:
    store: Store
    vault: Vault
    app: FastAPI
    bench: Workbench
    run_dir: Path

    def client(self, username: str = FIRST, password: str | None = None) -> httpx2.AsyncClient:
        """As an account, or as `operator`."""
        secret = password if password is not None else TOKENS.get(username, OPERATOR)
        token = b64encode(f"{username}:{secret}".encode()).decode()
        return self.anonymous({"Authorization": f"Basic {token}"})

    def anonymous(self, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers)


_IDLE: list[FastAPI] = []
"""Applications of houses that are closed: a new one makes all its routes anew, which takes longer than most tests."""


def _application(control: Control, health: Health) -> FastAPI:
    if not _IDLE:
        clock = FakeClock()
        return create_app(control, health, lambda: clock.leap(0.030))
    app = _IDLE.pop()
    app.state.control, app.state.health = control, health
    return app


async def furnish(url: str) -> None:
    """Makes the database at `url` one that a house can be opened at: migrated, with the realm and the accounts."""
    await migrate(url)
    store, vault, wall = open_store(url), Vault(Secret(KEY)), SteppingWall(datetime(2026, 3, 1, 11, tzinfo=UTC))
    async with store.writing() as session:
        await fixed_value(session, "digest_realm", REALM)
        for sid, token in TOKENS.items():
            session.add(
                AccountRow(
                    sid=sid,
                    parent_sid=FIRST if sid == SUB else None,
                    friendly_name=f"account {sid[2]}",
                    auth_token_sealed=vault.seal(Secret(token), account_token_context(sid)),
                    date_created=wall(),
                    date_updated=wall(),
                )
            )
        await session.commit()
    await store.close()


async def furnished_template(directory: Path) -> Path:
    """A furnished SQLite file to copy: furnishing one for each test would take most of its time."""
    path = directory / "template.db"
    await furnish(f"sqlite:///{path}")
    return path


@asynccontextmanager
async def open_house(template: Path, directory: Path) -> AsyncIterator[House]:
    """A house over a copy of the template."""
    path = directory / "control.db"
    shutil.copy(template, path)
    async with open_house_at(f"sqlite:///{path}", directory) as house:
        yield house


@asynccontextmanager
async def open_house_at(url: str, directory: Path) -> AsyncIterator[House]:
    """A house over a furnished store."""
    store = unsynced(open_store(url))
    vault = Vault(Secret(KEY))
    run_dir = directory / "run"
    run_dir.mkdir(exist_ok=True)
    bench = Workbench(store, vault, RandomIds(), SteppingWall(), DOMAIN, REALM, sends_mail=True)
    app = _application(Control(bench, Secret(OPERATOR), run_dir), Health(store, run_dir, "127.0.0.1:8080"))
    try:
        yield House(store, vault, app, bench, run_dir)
    finally:
        await store.close()
        _IDLE.append(app)
