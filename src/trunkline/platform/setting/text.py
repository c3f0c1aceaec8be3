"""How each setting is written: the model that `trunkline.toml` and the environment are read into."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from trunkline.domain.trunk.edge.edges import EdgeGateway, edge_of
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.kit.secret import Secret
from trunkline.platform.setting.address import (
    HostPort,
    PortRange,
    listed,
    parse_host_port,
    parse_ip,
    parse_port_range,
)
from trunkline.platform.setting.mail import parse_mail_address, parse_smtp_url
from trunkline.platform.setting.source import PREFIX, NamedFileSource, toml_source

DigestMode = Literal["md5", "md5+sha256", "sha256"]
LogLevel = Literal["debug", "info", "warning", "error"]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def _read(parse: Callable[[str], Any], value: Any) -> Any:
    """Reads what is written as text; a default, which is typed already, passes."""
    if isinstance(value, int | float | list | dict):
        raise ValueError("text is needed")
    return parse(value) if isinstance(value, str) else value


def _from_text(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: _read(parse, value))


def _each(parse: Callable[[str], Any]) -> BeforeValidator:
    """Reads a comma-separated value, or a TOML list of texts."""

    def read(value: Any) -> Any:
        values = value if isinstance(value, list) else _read(listed, value)
        if isinstance(value, str | list) and not values:
            raise ValueError("at least one is needed")
        return tuple(_read(parse, text) for text in values)

    return BeforeValidator(read)


def _domain(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if len(name) > 200 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("a DNS name is needed")
    return name


def _sid(text: str) -> str:
    if not re.fullmatch(r"AC[0-9a-f]{32}", text):
        raise ValueError("AC and 32 lower-case hex digits are needed")
    return text


def _token(text: str) -> Secret[str]:
    if len(text) < 16 or not text.isprintable() or " " in text:
        raise ValueError("at least 16 printable characters without spaces are needed")
    return Secret(text)


def _key(text: str) -> Secret[str]:
    if len(text) < 32:
        raise ValueError("at least 32 characters are needed")
    return Secret(text)


def _name_service(text: str) -> Secret[str]:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "{number}" not in text or not text.isprintable():
        raise ValueError("an http or https URL with {number} in it is needed")
    return Secret(text)


def _mail_server(text: str) -> Secret[str]:
    parse_smtp_url(text)
    return Secret(text)


def _number(text: str) -> str:
    if e164_of(text) != text:
        raise ValueError("a number in E.164 form such as +12025550199 is needed")
    return text


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[Xx]-[A-Za-z0-9]+", text):
        raise ValueError("a header prefix such as X-Twilio is needed")
    return text


def _edge(text: str) -> str:
    edge = edge_of(text.strip())
    if edge is None:
        raise ValueError("an edge such as ashburn, or its legacy id, is needed")
    return edge


def _edge_gateway(text: str) -> EdgeGateway:
    """`dublin=192.0.2.1`, with a port where it is not 5060."""
    edge, _, address = text.rpartition("=")
    public = _advertised(address)
    host, port = (public, 5060) if isinstance(public, str) else (public.host, public.port)
    return EdgeGateway(_edge(edge), host, port)


def _advertised(text: str) -> HostPort | str:
    """An address, with a port where it is not that of the bind."""
    try:
        return parse_ip(text)
    except ValueError:
        return parse_host_port(text)


Token = Annotated[Secret[str] | None, NoDecode, _from_text(_token)]
HostPorts = Annotated[tuple[HostPort, ...], NoDecode, _each(parse_host_port)]
Paths = Annotated[tuple[Path, ...], NoDecode, _each(Path)]
Addresses = Annotated[tuple[str, ...], NoDecode, _each(parse_ip)]


class SettingsText(BaseSettings):
    """Every setting by its name, none derived from another yet."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, arbitrary_types_allowed=True, env_ignore_empty=True
    )

    home: Path = Path(".trunkline")
    secret_key: Annotated[Secret[str] | None, NoDecode, _from_text(_key)] = None
    domain: Annotated[str, _from_text(_domain)] = "trunkline.localhost"
    edge: Annotated[tuple[str, ...], NoDecode, _each(_edge)] = ("ashburn",)
    edges: Annotated[tuple[EdgeGateway, ...], NoDecode, _each(_edge_gateway)] = ()
    sip_bind: HostPorts = (HostPort("127.0.0.1", 5060),)
    sip_advertise: Annotated[tuple[HostPort | str, ...], NoDecode, _each(_advertised)] = ()
    rtp_bind: Addresses = ()
    rtp_advertise: Addresses = ()
    rtp_ports: Annotated[PortRange, NoDecode, _from_text(parse_port_range)] = PortRange(10000, 60000)
    http_bind: Annotated[HostPort, NoDecode, _from_text(parse_host_port)] = HostPort("127.0.0.1", 8080)
    ng_bind: Annotated[HostPort, NoDecode, _from_text(parse_host_port)] = HostPort("127.0.0.1", 22222)
    relay: HostPorts = ()
    dns_bind: Annotated[HostPort | None, NoDecode, _from_text(parse_host_port)] = None
    dns_advertise: Addresses = ()
    tls_certificate: Paths = ()
    tls_key: Paths = ()
    tls_ca: Path | None = None
    tls_verify_edges: bool = False
    voice_bind: Annotated[HostPort, NoDecode, _from_text(parse_host_port)] = HostPort("127.0.0.1", 5070)
    validation_caller_id: Annotated[str, _from_text(_number)] = "+12025550199"
    sandbox_carrier: Annotated[HostPort, NoDecode, _from_text(parse_host_port)] = HostPort("127.0.0.1", 5090)
    sandbox_pbx: Annotated[HostPort, NoDecode, _from_text(parse_host_port)] = HostPort("127.0.0.1", 5091)
    database_url: str | None = None
    valkey_url: str | None = None
    sandbox: bool = True
    allow_private: bool | None = None
    default_cps: Annotated[int, Field(ge=1, le=100_000)] = 1
    account_sid: Annotated[str | None, _from_text(_sid)] = None
    auth_token: Token = None
    operator_token: Token = None
    digest: DigestMode = "md5"
    digest_strict_uri: bool = False
    header_prefix: Annotated[str, _from_text(_prefix)] = "X-Twilio"
    twilio_alias: bool = True
    cnam_url: Annotated[Secret[str] | None, NoDecode, _from_text(_name_service)] = None
    smtp_url: Annotated[Secret[str] | None, NoDecode, _from_text(_mail_server)] = None
    mail_from: Annotated[str | None, _from_text(parse_mail_address)] = None
    cnam_timeout_s: Annotated[float, Field(ge=0.1, le=3)] = 1.5
    ring_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    hunt_limit_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    media_silence_s: Annotated[float, Field(ge=3, le=86400)] = 600.0
    max_call_s: Annotated[float, Field(ge=1, le=86400)] = 86400.0
    max_calls: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    overload_lag_s: Annotated[float, Field(gt=0, le=60)] = 0.1
    ban_failures: Annotated[int, Field(ge=1, le=1000)] = 10
    ban_s: Annotated[float, Field(ge=0, le=86400)] = 600.0
    options_interval_s: Annotated[float, Field(ge=0, le=3600)] = 10.0
    options_ban_s: Annotated[float, Field(ge=0, le=86400)] = 600.0
    rest_rate: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    log_level: LogLevel = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, NamedFileSource(settings_cls), toml_source(settings_cls)
