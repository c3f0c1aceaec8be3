"""First start: what is made, what is found again, what is left alone."""

import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.unit.platform_store import rows
from trunkline.domain.trunk.facts import TrunkFacts
from trunkline.kit.ids import E164, AccountSid, Branch, CallId, Tag
from trunkline.kit.secret import Secret
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.platform.store.change import latest_change
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import ForeignStore, StoreError
from trunkline.platform.store.first_account import (
    FirstStart,
    digest_realm,
    open_vault,
    operator_token,
    prepare_first_start,
)
from trunkline.platform.store.table import AccountRow, CarrierRow, OriginationUrlRow, PhoneNumberRow, TrunkRow
from trunkline.platform.store.vault import Vault, account_token_context
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1


class Counting:
    """IdSource that counts, so that a second call never repeats the first."""

    def __init__(self) -> None:
        self._next = count(1)

    def branch(self) -> Branch:
        return Branch(f"z9hG4bK{next(self._next)}")

    def tag(self) -> Tag:
        return Tag(str(next(self._next)))

    def call_id(self) -> CallId:
        return CallId(str(next(self._next)))

    def sid(self, prefix: str) -> str:
        return rows.sid(prefix, next(self._next))

    def token(self) -> str:
        return f"{next(self._next):032x}"

    def number(self, below: int) -> int:
        return next(self._next) % below


IDS = Counting()


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("TRUNKLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    chosen = load_settings()
    chosen.home.prepare()
    return chosen


async def _start(chosen: Settings, store: Store) -> FirstStart:
    return await prepare_first_start(chosen, store, open_vault(chosen), IDS, rows.AT)


async def _demo_trunk(chosen: Settings, store: Store) -> TrunkFacts:
    trunk = await StoreDirectory(store, open_vault(chosen)).trunk_by_domain("demo.pstn.trunkline.localhost")
    assert trunk is not None
    return trunk


async def _change_id(store: Store) -> int:
    async with store.reading() as session:
        return await latest_change(session)


async def test_the_first_account_is_full_unlimited_and_kept_for_the_tools(chosen: Settings, store: Store) -> None:
    first = await _start(chosen, store)
    held = chosen.home.cli_values()
    assert (held["account_sid"], held["auth_token"]) == (first.account_sid, first.auth_token.reveal())
    assert held["operator_token"] == first.operator_token.reveal()
    facts = await StoreDirectory(store, open_vault(chosen)).account(AccountSid(first.account_sid))
    assert facts is not None
    assert (facts.type, facts.status, sorted(facts.countries)) == ("Full", "active", ["CA", "GB", "US"])
    assert (facts.limits.cps, facts.limits.pool_cps, facts.limits.concurrent) == (None, None, None)


async def test_every_later_start_finds_the_same_and_changes_nothing(chosen: Settings, store: Store) -> None:
    first = await _start(chosen, store)
    before, held = await _change_id(store), chosen.home.cli_values()
    assert await _start(chosen, store) == first
    assert (await _change_id(store), chosen.home.cli_values()) == (before, held)


async def test_the_account_of_the_settings_is_made_and_its_token_follows_them(chosen: Settings, store: Store) -> None:
    sid = rows.sid("AC", 77)
    for token in ("one token of the operator's", "another of the operator's"):
        given = replace(chosen, account_sid=sid, auth_token=Secret(token))
        assert (await _start(given, store)).account_sid == sid
        async with store.reading() as session:
            row = (await session.scalars(select(AccountRow).where(AccountRow.sid == sid))).one()
        assert open_vault(chosen).open(row.auth_token_sealed, account_token_context(sid)).reveal() == token
    assert "auth_token" not in chosen.home.cli_values()


async def test_a_lost_cli_file_gets_the_same_account_again(chosen: Settings, store: Store) -> None:
    first = await _start(chosen, store)
    chosen.home.cli_file.unlink()
    again = await _start(chosen, store)
    assert (again.account_sid, again.auth_token) == (first.account_sid, first.auth_token)
    assert again.demo is not None
    credential = (await _demo_trunk(chosen, store)).credentials["demo"]
    assert credential.ha1_md5.reveal() == ha1(Algorithm.MD5, "demo", again.realm, again.demo.password.reveal())


async def test_a_new_store_keeps_the_account_of_the_cli_file(chosen: Settings, store: Store, tmp_path: Path) -> None:
    chosen.home.keep_cli_values({"account_sid": rows.sid("AC", 5), "auth_token": "kept from before"})
    first = await _start(chosen, store)
    assert (first.account_sid, first.auth_token.reveal()) == (rows.sid("AC", 5), "kept from before")


async def test_the_realm_outlives_a_change_of_the_domain(chosen: Settings, store: Store) -> None:
    """Design, decision 10; row 23."""
    with pytest.raises(StoreError, match="first start"):
        await digest_realm(store)
    await _start(chosen, store)
    moved = await _start(replace(chosen, domain="voice.example.test"), store)
    assert moved.realm == await digest_realm(store) == "sip.trunkline.localhost"


async def test_another_secret_key_is_told_at_once(chosen: Settings, store: Store) -> None:
    await _start(chosen, store)
    foreign = Vault(Secret("another key of at least 32 characters"))
    with pytest.raises(ForeignStore, match="secret key"):
        await prepare_first_start(chosen, store, foreign, IDS, rows.AT)


async def test_the_demo_trunk_can_call_and_be_called(chosen: Settings, store: Store) -> None:
    first = await _start(chosen, store)
    trunk = await _demo_trunk(chosen, store)
    directory = StoreDirectory(store, open_vault(chosen))
    assert first.demo is not None
    expected = ha1(Algorithm.SHA_256, "demo", first.realm, first.demo.password.reveal())
    assert trunk.credentials["demo"].ha1_sha256.reveal() == expected
    assert [url.uri for url in trunk.origination_urls] == ["sip:127.0.0.1:5091"]
    number = await directory.number(E164(first.demo.number))
    assert number is not None
    assert (number.account_sid, number.trunk_sid) == (first.account_sid, trunk.sid)
    assert await directory.caller_id_status(AccountSid(first.account_sid), E164(first.demo.number)) == "owned"
    (carrier,) = await directory.carriers()
    assert (carrier.priority, carrier.prefixes) == (65535, ("+",))
    assert [(gateway.host, gateway.port) for gateway in carrier.gateways] == [("127.0.0.1", 5090)]


async def test_the_demo_password_follows_the_rule_for_passwords(chosen: Settings, store: Store) -> None:
    """Row 137."""
    demo = (await _start(chosen, store)).demo
    assert demo is not None
    password = demo.password.reveal()
    assert len(password) >= 12
    assert any(c.isdigit() for c in password)
    assert any(c.islower() for c in password)
    assert any(c.isupper() for c in password)


async def test_what_was_edited_in_the_demo_is_left_alone(chosen: Settings, store: Store) -> None:
    await _start(chosen, store)
    async with store.writing() as session:
        (await session.scalars(select(OriginationUrlRow))).one().sip_url = "sip:127.0.0.9"
        (await session.scalars(select(PhoneNumberRow))).one().trunk_sid = None
        (await session.scalars(select(CarrierRow))).one().priority = 3
        await session.commit()
    before = await _change_id(store)
    await _start(chosen, store)
    assert await _change_id(store) == before


async def test_without_the_sandbox_neither_carrier_nor_demo_trunk(chosen: Settings, store: Store) -> None:
    assert (await _start(replace(chosen, sandbox=False), store)).demo is None
    async with store.reading() as session:
        assert (await session.scalars(select(CarrierRow))).all() == []
        assert (await session.scalars(select(TrunkRow))).all() == []


async def test_the_sandbox_switched_off_takes_its_carrier_out_of_the_routes(chosen: Settings, store: Store) -> None:
    await _start(chosen, store)
    directory = StoreDirectory(store, open_vault(chosen))
    await _start(replace(chosen, sandbox=False), store)
    assert await directory.carriers() == ()
    await _start(chosen, store)
    assert len(await directory.carriers()) == 1


async def test_the_operators_token_is_that_of_the_settings_else_kept(chosen: Settings) -> None:
    made = operator_token(chosen, IDS)
    assert operator_token(chosen, IDS) == made
    assert operator_token(replace(chosen, operator_token=Secret("given")), IDS).reveal() == "given"
    assert chosen.home.cli_values()["operator_token"] == made.reveal()
