"""When a gateway makes and loads certificates: at its start, for new names, for replaced files, and never in vain."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.settings import Settings, TlsSettings, load_settings
from trunkline.platform.sipnet import certificates
from trunkline.platform.sipnet.authority import ecdsa_key, issue, names_of, new_authority
from trunkline.platform.sipnet.tls_context import CertificateFiles
from trunkline.platform.store.errors import StoreError
from trunkline.service.gateway.tls.certificate_upkeep import CertificateUpkeep
from trunkline.service.gateway.tls.tls_contexts import GatewayTls

NOW = datetime(2026, 1, 10, tzinfo=UTC)


class Loads:
    """A GatewayTls whose loads are counted."""

    def __init__(self) -> None:
        self.tls = GatewayTls()
        self.seen: list[frozenset[str]] = []

    def load(self, certificates: Sequence[CertificateFiles]) -> None:
        self.tls.load(certificates)
        self.seen.append(names_of(certificates[0].certificate.read_bytes()))


class Upkeep:
    """An upkeep over a home of its own; `nested` and `now` are what the world says."""

    def __init__(self, settings: Settings) -> None:
        self.loads = Loads()
        self.nested: list[str] | StoreError = []
        self.now = NOW
        self.upkeep = CertificateUpkeep(settings, self.loads, self._nested, lambda: self.now)

    async def _nested(self) -> list[str]:
        if isinstance(self.nested, StoreError):
            raise self.nested
        return self.nested


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(certificates, "rsa_key", ecdsa_key)
    monkeypatch.setitem(certificates._LEAVES, "rsa", ecdsa_key)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_SIP_BIND", "127.0.0.1:5060,127.0.0.2:5060")
    monkeypatch.setenv("TRUNKLINE_SIP_ADVERTISE", "192.0.2.1,192.0.2.2")
    found = load_settings()
    found.home.prepare()
    return found


async def test_first_start_makes_certificates_for_every_gateway_of_the_host(settings: Settings) -> None:
    world = Upkeep(settings)
    await world.upkeep.begin()
    [names] = world.loads.seen
    wanted = {"trunkline.localhost", "*.pstn.trunkline.localhost", "*.pstn.us1.trunkline.localhost"}
    assert names >= wanted | {"192.0.2.1", "192.0.2.2", "127.0.0.1", "127.0.0.2"}


async def test_nothing_new_is_not_loaded_again(settings: Settings) -> None:
    world = Upkeep(settings)
    for _ in range(3):
        await world.upkeep.begin()
    assert len(world.loads.seen) == 1


async def test_a_new_trunk_and_the_end_of_time_are_each_met_by_another_certificate(settings: Settings) -> None:
    world = Upkeep(settings)
    await world.upkeep.begin()
    world.nested = ["a.b.pstn.trunkline.localhost"]
    await world.upkeep.begin()
    assert "*.b.pstn.trunkline.localhost" in world.loads.seen[1]
    world.now += timedelta(days=61)
    await world.upkeep.begin()
    assert len(world.loads.seen) == 3


async def test_what_another_gateway_of_the_host_has_issued_is_loaded(settings: Settings) -> None:
    one, other = Upkeep(settings), Upkeep(settings)
    await one.upkeep.begin()
    await other.upkeep.begin()
    one.nested = other.nested = ["a.b.pstn.trunkline.localhost"]
    await one.upkeep.begin()
    await other.upkeep.begin()
    assert one.loads.seen == other.loads.seen
    assert len(other.loads.seen) == 2


def own(folder: Path) -> TlsSettings:
    authority = new_authority("own.test", ecdsa_key(), NOW)
    signed = issue(authority, ecdsa_key(), ["sip.own.test"], NOW)
    (folder / "own.pem").write_bytes(signed.certificate)
    (folder / "own.key").write_bytes(signed.key)
    return TlsSettings(((folder / "own.pem", folder / "own.key"),), None)


async def test_certificates_of_ones_own_are_loaded_when_they_are_replaced(settings: Settings, tmp_path: Path) -> None:
    world = Upkeep(replace(settings, tls=own(tmp_path)))
    world.nested = StoreError("not asked")
    await world.upkeep.begin()
    await world.upkeep.begin()
    assert world.loads.seen == [{"sip.own.test"}]
    own(tmp_path)
    await world.upkeep.begin()
    assert len(world.loads.seen) == 2
    assert not list(settings.home.tls.iterdir())


async def test_unfit_certificates_stop_the_start_with_their_name(settings: Settings, tmp_path: Path) -> None:
    found = own(tmp_path)
    (tmp_path / "own.pem").write_text("nonsense")
    with pytest.raises(SettingsError, match=r"own\.pem"):
        await Upkeep(replace(settings, tls=found)).upkeep.begin()


async def test_a_key_that_was_half_written_is_looked_at_again_soon(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goals 13: the old certificates stay in use meanwhile; nobody need send a second SIGHUP."""
    monkeypatch.setattr("trunkline.service.gateway.tls.certificate_upkeep.LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr("trunkline.service.gateway.tls.certificate_upkeep._SETTLE_S", 0.0)
    world = Upkeep(replace(settings, tls=own(tmp_path)))
    await world.upkeep.begin()
    own(tmp_path)
    whole = (tmp_path / "own.key").read_bytes()
    (tmp_path / "own.key").write_bytes(whole[:100])
    load = world.loads.load

    def watched(certificates: Sequence[CertificateFiles]) -> None:
        try:
            load(certificates)
        except ssl.SSLError:
            (tmp_path / "own.key").write_bytes(whole)
            raise

    monkeypatch.setattr(world.loads, "load", watched)
    world.upkeep.wake()
    with capture_logs() as lines, suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await world.upkeep.run()
    assert len(world.loads.seen) == 2
    assert [line["event"] for line in lines] == ["certificates not renewed"]
