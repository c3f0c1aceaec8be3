"""`trunkline up`: every process of one host, supervised."""

import asyncio
import sys
from contextlib import suppress

from trunkline.cli.supervisor import Child, Supervisor
from trunkline.platform.setting import clock
from trunkline.platform.setting.errors import AlreadyRunning, SettingsError
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.platform.store.engine import open_store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.first_account import FirstStart, open_vault, prepare_first_start
from trunkline.platform.store.migrate import migrate


def main() -> int:
    """Migrate, prepare, start everything, and stay until a signal. 2 when it cannot start."""
    try:
        settings = load_settings()
        for name in settings.unknown:
            sys.stderr.write(f"trunkline: {name} is set, and there is no such setting\n")
        settings.home.prepare()
        with settings.home.held("up"):
            first = asyncio.run(_prepare(settings))
            return Supervisor(settings.home, _children(settings)).run(lambda: _announce(settings, first))
    except (SettingsError, AlreadyRunning, StoreError) as fault:
        sys.stderr.write(f"trunkline: {fault}\n")
        return 2


async def _prepare(settings: Settings) -> FirstStart:
    url = settings.database_url.reveal()
    await migrate(url)
    store = open_store(url)
    try:
        return await prepare_first_start(settings, store, open_vault(settings), RandomIds(), clock.wall())
    finally:
        await store.close()


def _children(settings: Settings) -> list[Child]:
    children: list[Child] = []
    if settings.built_in_relay:
        children.append(Child("relay", str(settings.ng_bind), "relay", ["relay"]))
    children.append(Child("control", str(settings.http_bind), "control", ["control"]))
    children.extend(
        Child("gateway", gateway.instance, gateway.run_name, ["gateway", gateway.instance])
        for gateway in settings.gateways
    )
    children.append(Child("voice", str(settings.voice_bind), "voice", ["voice"]))
    if settings.dns_bind is not None:
        children.append(Child("nameserver", str(settings.dns_bind), "nameserver", ["dns", "serve"]))
    if settings.sandbox:
        children.append(Child("sandbox", str(settings.sandbox_carrier), "sandbox", ["sandbox"]))
    return children


def _announce(settings: Settings, first: FirstStart) -> None:
    """What to try next; the tokens and the demo's password are left to the home's `cli.toml`."""
    proxy = settings.gateways[0].advertise
    lines = [
        "",
        "Trunkline is up.",
        f"  REST API     http://{settings.http_bind}   account {first.account_sid}   described at /docs",
        f"  credentials  {settings.home.cli_file}",
        *(f"  SIP          {each.advertise} (UDP, TCP), {each.tls_advertise} (TLS)" for each in settings.gateways),
    ]
    if not settings.tls.certificates:
        lines.append("  TLS          trunkline ca bundle prints the authority that peers are to trust")
    if first.demo is not None:
        lines += [
            f"  demo trunk   {first.demo.domain}   user {first.demo.username}   number {first.demo.number}",
            "",
            "Try it:        make demo (or trunkline demo)",
            f"From a PBX:    outbound proxy {proxy}, host {first.demo.domain}; call +15005550100 (echo)",
        ]
    with suppress(OSError):  # nobody may be reading any more
        sys.stdout.write("\n".join(lines) + "\n\n")
        sys.stdout.flush()
