"""`trunkline config show`: every setting, its value, and where it comes from."""

import os
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from trunkline.kit.secret import Secret
from trunkline.platform.setting.home import Home
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.platform.setting.source import toml_source, variable
from trunkline.platform.setting.text import SettingsText

_MASK = "***"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line: the setting's variable, its value as it holds, and its source."""

    name: str
    value: str
    source: str


def show() -> int:
    """Print the settings of this environment; SettingsError where they cannot be read."""
    console = Console(highlight=False)
    settings = load_settings()
    table = Table(box=None, pad_edge=False)
    for column in ("Setting", "Value", "From"):
        table.add_column(column, overflow="fold")
    for line in settings_shown(settings):
        table.add_row(line.name, line.value, line.source, style="" if line.source == "default" else "bold")
    console.print(table)
    for name in settings.unknown:
        console.print(f"[yellow]{name} is set, and there is no such setting[/yellow]")
    return 0


def settings_shown(settings: Settings) -> list[Shown]:
    """Every setting in the order of its declaration, secrets masked."""
    written = SettingsText()
    in_file = toml_source(SettingsText)()
    return [
        Shown(variable(name), _value(settings, name, getattr(written, name)), _source(name, in_file))
        for name in SettingsText.model_fields
    ]


def _source(name: str, in_file: dict[str, Any]) -> str:
    if any(value for key, value in os.environ.items() if key.upper() == variable(name)):
        return "environment"
    path = os.environ.get(variable(name) + "_FILE")
    if path:
        return f"file {path}"
    return "trunkline.toml" if name in in_file else "default"


def _value(settings: Settings, name: str, written: object) -> str:
    """What was written; where nothing was, what is derived in its place."""
    derived: object = getattr(settings, name, written)
    if name in _DERIVED and not written:
        derived = _derived(settings)[name]
    if derived is None:
        return _NONE.get(name, "not set")
    if name in _URLS and isinstance(derived, Secret):
        return _masked_url(str(derived.reveal()))
    return _text(derived)


def _masked_url(url: str) -> str:
    """Without the password, and without the query, which may hold one too; passwords need not be escaped well."""
    scheme, _, rest = url.partition("://")
    shown, question, query = rest.partition("?")
    user, at, host = shown.rpartition("@")
    if not at and "@" in query:
        return f"{scheme}://{_MASK}"
    name, colon, _ = user.partition(":")
    return f"{scheme}://{name}{colon and ':' + _MASK}{at}{host}{question and '?' + _MASK}"


_URLS = frozenset({"database_url", "valkey_url", "smtp_url"})
_DERIVED = frozenset({"sip_advertise", "rtp_bind", "rtp_advertise", "relay", "dns_advertise", "tls_certificate"})
_NONE = {
    "tls_ca": "the system's authorities",
    "secret_key": "the home's secret.key",
    "account_sid": "made at first start, in cli.toml",
    "auth_token": "made at first start, in cli.toml",
    "operator_token": "made at first start, in cli.toml",
}


def _derived(settings: Settings) -> dict[str, object]:
    return {
        "sip_advertise": tuple(gateway.advertise for gateway in settings.gateways),
        "rtp_bind": tuple(interface.bind for interface in settings.rtp_interfaces),
        "rtp_advertise": tuple(interface.advertise for interface in settings.rtp_interfaces),
        "relay": "built in",
        "dns_advertise": settings.dns_advertise,
        "tls_certificate": "of the home's private authority",
    }


def _text(value: object) -> str:
    match value:
        case Secret():
            return _MASK
        case Home():
            return str(value.path)
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(_text(item) for item in value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
