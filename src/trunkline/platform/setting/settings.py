"""The settings as the processes use them: read, checked against each other, derived (docs/settings.md)."""

import os.path
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trunkline.domain.trunk.edge.edges import EdgeGateway
from trunkline.kit.secret import Secret
from trunkline.platform.setting.address import HostPort, PortRange
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.home import Home
from trunkline.platform.setting.source import unknown_variables, variable
from trunkline.platform.setting.text import DigestMode, LogLevel, SettingsText

_SECRETS = frozenset(
    {"secret_key", "auth_token", "operator_token", "database_url", "valkey_url", "cnam_url", "smtp_url"}
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One gateway: where it listens, what it puts into Via and Contact, where its journal lies."""

    instance: str
    """`127.0.0.1:5060`: its name in health, metrics and records."""
    edge: str
    bind: HostPort
    advertise: HostPort
    journal: Path
    run_name: str
    """`gateway-127.0.0.1-5060`: its pid file and admin socket in `run/`."""

    @property
    def tls_bind(self) -> HostPort:
        return self.bind.next_port()

    @property
    def tls_advertise(self) -> HostPort:
        return self.advertise.next_port()


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Certificates of the operator's own; paths are absolute."""

    certificates: tuple[tuple[Path, Path], ...]
    """Certificate with its chain, and key; empty = those of the private authority in the home."""
    trusted: Path | None
    """Authorities that certificates of the far side may come from; None = the system's."""
    verify_edges: bool = False
    """Whether gateways of other edges must show a certificate of the platform."""


@dataclass(frozen=True, slots=True)
class RtpInterface:
    """An address that media is received on, and the one that goes into SDP."""

    bind: str
    advertise: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process runs by. Attributes have the names of the settings, but for those derived from several."""

    home: Home
    secret_key: Secret[str] | None
    """None: the one of the home."""
    domain: str
    """`{PFX}`, lower case."""
    gateways: tuple[GatewaySettings, ...]
    """One for each address of TRUNKLINE_SIP_BIND."""
    edges: tuple[EdgeGateway, ...]
    """Every gateway of the platform that is known here: those of TRUNKLINE_EDGES, then this host's own."""
    tls: TlsSettings
    rtp_interfaces: tuple[RtpInterface, ...]
    rtp_ports: PortRange
    http_bind: HostPort
    ng_bind: HostPort
    """Where the built-in relay listens for ng."""
    relays: tuple[HostPort, ...]
    """ng addresses: the external relays, or the built-in one's."""
    built_in_relay: bool
    dns_bind: HostPort | None
    """Where the built-in name server answers; None: there is none."""
    dns_advertise: tuple[str, ...]
    """The addresses that it has for others."""
    database_url: Secret[str]
    valkey_url: Secret[str] | None
    voice_bind: HostPort
    """Where the voice process has its SIP; its RTP is on the same address."""
    validation_caller_id: str
    sandbox: bool
    sandbox_carrier: HostPort
    sandbox_pbx: HostPort
    allow_private: bool
    default_cps: int
    account_sid: str | None
    auth_token: Secret[str] | None
    operator_token: Secret[str] | None
    digest: DigestMode
    digest_strict_uri: bool
    header_prefix: str
    twilio_alias: bool
    cnam_url: Secret[str] | None
    cnam_timeout_s: float
    smtp_url: Secret[str] | None
    """None: no mail is sent."""
    mail_from: str | None
    """Set where `smtp_url` is."""
    ring_timeout_s: float
    hunt_limit_s: float
    media_silence_s: float
    max_call_s: float
    max_calls: int
    overload_lag_s: float
    ban_failures: int
    ban_s: float
    options_interval_s: float
    options_ban_s: float
    rest_rate: int
    audit_days: int
    log_level: LogLevel
    unknown: tuple[str, ...]
    """`TRUNKLINE_*` variables that are no settings: worth a warning at start."""


def load_settings() -> Settings:
    """Reads and checks everything; raises SettingsError with one line for each fault."""
    try:
        text = SettingsText()
    except ValidationError as error:
        raise SettingsError("\n".join(_fault(detail) for detail in error.errors())) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"trunkline.toml: {error}") from None
    return _resolved(text)


def _fault(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else "settings"
    if detail["type"] == "extra_forbidden":
        return f"{name}: there is no such setting (in trunkline.toml)"
    shown = "***" if name in _SECRETS else detail["input"]
    return f"{variable(name)}={shown}: {detail['msg'].removeprefix('Value error, ')}"


def _resolved(text: SettingsText) -> Settings:
    home = Home(text.home.absolute())
    gateways = _gateways(text, home)
    if (text.account_sid is None) != (text.auth_token is None):
        missing, given = ("auth_token", "account_sid") if text.auth_token is None else ("account_sid", "auth_token")
        raise SettingsError(f"{variable(missing)} is not set: it goes with {variable(given)}")
    if text.smtp_url is not None and text.mail_from is None:
        raise SettingsError(f"{variable('mail_from')} is not set: it goes with {variable('smtp_url')}")
    if text.voice_bind.is_any:
        raise SettingsError(
            f"{variable('voice_bind')}={text.voice_bind}: nobody can send to {text.voice_bind.host}; "
            "an address that gateways and relays reach is needed"
        )
    loopback = all(gateway.bind.is_loopback for gateway in gateways)
    return Settings(
        home=home,
        secret_key=text.secret_key,
        domain=text.domain,
        gateways=gateways,
        edges=_edges(text, gateways),
        tls=_tls(text),
        rtp_interfaces=_rtp_interfaces(text, gateways),
        rtp_ports=text.rtp_ports,
        http_bind=text.http_bind,
        ng_bind=text.ng_bind,
        relays=text.relay or (text.ng_bind,),
        built_in_relay=not text.relay,
        dns_bind=text.dns_bind,
        dns_advertise=_dns_advertise(text),
        database_url=Secret(_database_url(text.database_url, home)),
        valkey_url=_valkey_url(text.valkey_url),
        voice_bind=text.voice_bind,
        validation_caller_id=text.validation_caller_id,
        sandbox=text.sandbox,
        sandbox_carrier=text.sandbox_carrier,
        sandbox_pbx=text.sandbox_pbx,
        allow_private=loopback if text.allow_private is None else text.allow_private,
        default_cps=text.default_cps,
        account_sid=text.account_sid,
        auth_token=text.auth_token,
        operator_token=text.operator_token,
        digest=text.digest,
        digest_strict_uri=text.digest_strict_uri,
        header_prefix=text.header_prefix,
        twilio_alias=text.twilio_alias,
        cnam_url=text.cnam_url,
        cnam_timeout_s=text.cnam_timeout_s,
        smtp_url=text.smtp_url,
        mail_from=text.mail_from,
        ring_timeout_s=text.ring_timeout_s,
        hunt_limit_s=text.hunt_limit_s,
        media_silence_s=text.media_silence_s,
        max_call_s=text.max_call_s,
        max_calls=text.max_calls,
        overload_lag_s=text.overload_lag_s,
        ban_failures=text.ban_failures,
        ban_s=text.ban_s,
        options_interval_s=text.options_interval_s,
        options_ban_s=text.options_ban_s,
        rest_rate=text.rest_rate,
        audit_days=text.audit_days,
        log_level=text.log_level,
        unknown=tuple(unknown_variables(set(SettingsText.model_fields))),
    )


def _shown(values: tuple[object, ...]) -> str:
    return ",".join(str(value) for value in values)


def _gateways(text: SettingsText, home: Home) -> tuple[GatewaySettings, ...]:
    bind, advertise = text.sip_bind, text.sip_advertise
    if advertise and len(advertise) != len(bind):
        raise SettingsError(
            f"{variable('sip_advertise')}={_shown(advertise)}: {len(bind)} are needed, one for each bind"
        )
    if len(text.edge) not in {1, len(bind)}:
        raise SettingsError(f"{variable('edge')}={_shown(text.edge)}: one for all, or one for each of {_shown(bind)}")
    taken: set[HostPort] = set()
    gateways = []
    for place, address in enumerate(bind):
        # TLS takes the next port, so two binds on one host stand at least two apart.
        if taken & {address, address.next_port()}:
            raise SettingsError(f"{variable('sip_bind')}={_shown(bind)}: {address} collides with another one's ports")
        if address.port == 65535:
            raise SettingsError(f"{variable('sip_bind')}={_shown(bind)}: no port after 65535 is left for TLS")
        taken |= {address, address.next_port()}
        shown = advertise[place] if advertise else address
        public = HostPort(shown, address.port) if isinstance(shown, str) else shown
        if public.is_any:
            raise SettingsError(
                f"{variable('sip_bind')}={_shown(bind)}: nobody can send to {public.host}; "
                f"set {variable('sip_advertise')} to the public address"
            )
        run_name = f"gateway-{address.host.replace(':', '_')}-{address.port}"
        edge = text.edge[place if len(text.edge) > 1 else 0]
        gateways.append(GatewaySettings(str(address), edge, address, public, home.journal / run_name, run_name))
    return tuple(gateways)


def _edges(text: SettingsText, gateways: tuple[GatewaySettings, ...]) -> tuple[EdgeGateway, ...]:
    own = [EdgeGateway(gateway.edge, gateway.advertise.host, gateway.advertise.port) for gateway in gateways]
    at = {(gateway.host, gateway.port): gateway.edge for gateway in own}
    for listed in text.edges:
        edge = at.setdefault((listed.host, listed.port), listed.edge)
        if edge != listed.edge:
            raise SettingsError(f"{variable('edges')}={listed}: that gateway stands at {edge} as well")
    return tuple(dict.fromkeys([*text.edges, *own]))


def _dns_advertise(text: SettingsText) -> tuple[str, ...]:
    bind = text.dns_bind
    if text.dns_advertise or bind is None:
        return text.dns_advertise
    if bind.is_any:
        raise SettingsError(
            f"{variable('dns_bind')}={bind}: nobody can ask {bind.host}; "
            f"set {variable('dns_advertise')} to the public address"
        )
    return (bind.host,)


def _tls(text: SettingsText) -> TlsSettings:
    certificates, keys = text.tls_certificate, text.tls_key
    if len(certificates) != len(keys):
        raise SettingsError(f"{variable('tls_key')}={_shown(keys)}: {len(certificates)} are needed, one a certificate")
    for name, paths in (("tls_certificate", certificates), ("tls_key", keys), ("tls_ca", [text.tls_ca])):
        missing = next((path for path in paths if path is not None and not os.path.isfile(path)), None)
        if missing is not None:
            raise SettingsError(f"{variable(name)}={missing}: no such file")
    pairs = zip((path.absolute() for path in certificates), (path.absolute() for path in keys), strict=True)
    trusted = None if text.tls_ca is None else text.tls_ca.absolute()
    return TlsSettings(tuple(pairs), trusted, text.tls_verify_edges)


def _rtp_interfaces(text: SettingsText, gateways: tuple[GatewaySettings, ...]) -> tuple[RtpInterface, ...]:
    by_bind = {gateway.bind.host: gateway.advertise.host for gateway in gateways}
    bind = text.rtp_bind or tuple(by_bind)
    if text.rtp_advertise:
        advertise = text.rtp_advertise
    elif not text.rtp_bind:
        advertise = tuple(by_bind.values())
    elif text.sip_advertise:
        advertise = tuple(dict.fromkeys(gateway.advertise.host for gateway in gateways))
    else:
        advertise = bind
    if len(advertise) != len(bind):
        raise SettingsError(
            f"{variable('rtp_advertise')}={_shown(advertise)}: {len(bind)} are needed, one for each of {_shown(bind)}"
        )
    if any(HostPort(host, 1).is_any for host in advertise):
        raise SettingsError(
            f"{variable('rtp_bind')}={_shown(bind)}: nobody can send to it; "
            f"set {variable('rtp_advertise')} to the public address"
        )
    return tuple(RtpInterface(*pair) for pair in zip(bind, advertise, strict=True))


def _database_url(url: str | None, home: Home) -> str:
    if url is None:
        return f"sqlite:///{home.database}"
    if _scheme(url) not in {"sqlite", "postgresql", "postgres"}:
        raise SettingsError(f"{variable('database_url')}=***: sqlite:///PATH or postgresql://... is needed")
    return url


def _scheme(url: str) -> str:
    """ "" of what cannot be read, such as brackets without an IPv6 address."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _valkey_url(url: str | None) -> Secret[str] | None:
    if not url:
        return None
    if _scheme(url) not in {"valkey", "valkeys", "redis", "rediss", "unix"}:
        raise SettingsError(f"{variable('valkey_url')}=***: valkey://HOST:PORT, valkeys://... or unix://PATH is needed")
    return Secret(url)
