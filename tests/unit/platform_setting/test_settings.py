"""Settings: names, defaults and derived values of the design's fixed points; every fault in one readable line."""

from pathlib import Path

import pytest

from tests.unit.platform_setting.conftest import Load
from trunkline.domain.trunk.edge.edges import EdgeGateway
from trunkline.kit.secret import Secret
from trunkline.platform.setting.address import HostPort, PortRange
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.settings import RtpInterface, TlsSettings
from trunkline.platform.setting.text import SettingsText

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_defaults_are_the_fixed_points(load: Load, tmp_path: Path) -> None:
    settings = load()
    (gateway,) = settings.gateways
    assert settings.home.path == tmp_path / ".trunkline"
    assert settings.domain == "trunkline.localhost"
    assert (gateway.instance, str(gateway.bind), str(gateway.advertise)) == ("127.0.0.1:5060",) * 3
    assert (str(gateway.tls_bind), str(gateway.tls_advertise)) == ("127.0.0.1:5061",) * 2
    assert settings.rtp_interfaces == (RtpInterface("127.0.0.1", "127.0.0.1"),)
    assert settings.rtp_ports == PortRange(10000, 60000)
    assert settings.http_bind == HostPort("127.0.0.1", 8080)
    assert (settings.relays, settings.built_in_relay) == ((HostPort("127.0.0.1", 22222),), True)
    assert settings.database_url.reveal() == f"sqlite:///{tmp_path}/.trunkline/trunkline.db"
    assert (settings.sandbox, settings.allow_private, settings.default_cps) == (True, True, 1)
    assert (settings.digest, settings.header_prefix, settings.twilio_alias) == ("md5", "X-Twilio", True)
    assert (settings.account_sid, settings.auth_token, settings.operator_token) == (None, None, None)
    assert (settings.voice_bind, settings.validation_caller_id) == (HostPort("127.0.0.1", 5070), "+12025550199")
    assert settings.unknown == ()


def test_every_bind_is_a_gateway_with_a_journal_of_its_own(load: Load) -> None:
    settings = load(sip_bind="127.0.0.1:5060, [::1]:5070", sip_advertise="192.0.2.1,[2001:db8::1]:5080")
    first, second = settings.gateways
    assert (str(first.advertise), str(second.advertise)) == ("192.0.2.1:5060", "[2001:db8::1]:5080")
    assert str(second.tls_bind) == "[::1]:5071"
    assert (first.run_name, second.run_name) == ("gateway-127.0.0.1-5060", "gateway-__1-5070")
    assert first.journal == settings.home.path / "journal" / "gateway-127.0.0.1-5060"
    assert settings.rtp_interfaces == (RtpInterface("127.0.0.1", "192.0.2.1"), RtpInterface("::1", "2001:db8::1"))


def test_one_edge_holds_for_every_gateway_and_several_for_one_each(load: Load) -> None:
    binds = "127.0.0.1:5060,127.0.0.2:5060"
    assert [gateway.edge for gateway in load(sip_bind=binds).gateways] == ["ashburn", "ashburn"]
    assert [gateway.edge for gateway in load(edge="dublin").gateways] == ["dublin", "dublin"]
    assert [gateway.edge for gateway in load(edge="IE1, tokyo").gateways] == ["dublin", "tokyo"]


def test_every_gateway_of_the_platform_is_known_once(load: Load) -> None:
    settings = load(
        sip_bind="127.0.0.1:5060,127.0.0.2:5060",
        edge="ashburn,dublin",
        edges="us2=192.0.2.7,dublin=127.0.0.2:5060,tokyo=[2001:db8::1]:5070",
    )
    assert settings.edges == (
        EdgeGateway("umatilla", "192.0.2.7", 5060),
        EdgeGateway("dublin", "127.0.0.2", 5060),
        EdgeGateway("tokyo", "2001:db8::1", 5070),
        EdgeGateway("ashburn", "127.0.0.1", 5060),
    )


def test_the_name_server_is_off_and_told_by_its_address(load: Load) -> None:
    assert (load().dns_bind, load().dns_advertise) == (None, ())
    assert load(dns_bind="127.0.0.1:5300").dns_advertise == ("127.0.0.1",)
    assert load(dns_bind="0.0.0.0:53", dns_advertise="192.0.2.53,192.0.2.54").dns_advertise == (
        "192.0.2.53",
        "192.0.2.54",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"rtp_bind": "127.0.0.9"}, [("127.0.0.9", "127.0.0.9")]),
        ({"rtp_bind": "0.0.0.0", "rtp_advertise": "192.0.2.9"}, [("0.0.0.0", "192.0.2.9")]),
        ({"sip_bind": "0.0.0.0:5060", "sip_advertise": "192.0.2.1"}, [("0.0.0.0", "192.0.2.1")]),
        ({"sip_advertise": "192.0.2.1", "rtp_bind": "127.0.0.9"}, [("127.0.0.9", "192.0.2.1")]),
        ({"sip_advertise": "192.0.2.1", "rtp_advertise": "192.0.2.2"}, [("127.0.0.1", "192.0.2.2")]),
        ({"sip_bind": "0.0.0.0:5060,0.0.0.0:5070", "sip_advertise": "192.0.2.1,192.0.2.1"}, [("0.0.0.0", "192.0.2.1")]),
    ],
)
def test_media_addresses_follow_those_of_sip(
    load: Load, values: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert load(**values).rtp_interfaces == tuple(RtpInterface(*pair) for pair in expected)


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({}, True),
        ({"sip_bind": "[::1]:5060"}, True),
        ({"sip_bind": "127.0.0.1:5060,192.0.2.1:5060"}, False),
        ({"sip_bind": "0.0.0.0:5060", "sip_advertise": "127.0.0.1"}, False),
        ({"allow_private": "false"}, False),
        ({"sip_bind": "192.0.2.1:5060", "allow_private": "true"}, True),
    ],
)
def test_private_peers_are_allowed_on_loopback_alone_unless_told(
    load: Load, values: dict[str, str], allowed: bool
) -> None:
    assert load(**values).allow_private is allowed


def test_external_relays_take_the_place_of_the_built_in_one(load: Load) -> None:
    settings = load(relay="192.0.2.1:2223,192.0.2.2:2223")
    assert (len(settings.relays), settings.built_in_relay) == (2, False)


_BINDS = "127.0.0.1:5060,127.0.0.1:5061"
_TWO = {"sip_bind": "127.0.0.1:5060,127.0.0.2:5060", "sip_advertise": "192.0.2.1"}

_NUMBER_NEEDED = "a number in E.164 form such as +12025550199 is needed"
_SMTP = "smtp://[USER:PASSWORD@]HOST[:PORT], smtp+starttls://... or smtps://... is needed"
FAULTS: list[tuple[dict[str, str], str, str]] = [
    (
        {"sip_bind": "0.0.0.0:5060"},
        "SIP_BIND=0.0.0.0:5060",
        "nobody can send to 0.0.0.0; set TRUNKLINE_SIP_ADVERTISE to the public address",
    ),
    ({"rtp_bind": "::"}, "RTP_BIND=::", "nobody can send to it; set TRUNKLINE_RTP_ADVERTISE to the public address"),
    ({"sip_bind": "localhost:5060"}, "SIP_BIND=localhost:5060", "an IP address is needed"),
    ({"sip_bind": "127.0.0.1"}, "SIP_BIND=127.0.0.1", "ADDRESS:PORT is needed"),
    ({"sip_bind": "2001:db8::1:5060"}, "SIP_BIND=2001:db8::1:5060", "ADDRESS:PORT is needed"),
    ({"sip_bind": ","}, "SIP_BIND=,", "at least one is needed"),
    ({"sip_bind": "127.0.0.1:65535"}, "SIP_BIND=127.0.0.1:65535", "no port after 65535 is left for TLS"),
    ({"sip_bind": _BINDS}, f"SIP_BIND={_BINDS}", "127.0.0.1:5061 collides with another one's ports"),
    (_TWO, "SIP_ADVERTISE=192.0.2.1", "2 are needed, one for each bind"),
    ({"rtp_ports": "10000"}, "RTP_PORTS=10000", "FIRST-LAST is needed"),
    ({"rtp_ports": "9-1"}, "RTP_PORTS=9-1", "a range of at least four ports is needed: a call takes two pairs"),
    ({"rtp_ports": "1-70000"}, "RTP_PORTS=1-70000", "a port is a number from 1 to 65535"),
    ({"http_bind": "127.0.0.1:٨٠"}, "HTTP_BIND=127.0.0.1:٨٠", "a port is a number from 1 to 65535"),
    ({"edge": "paris"}, "EDGE=paris", "an edge such as ashburn, or its legacy id, is needed"),
    ({"edge": "us1,us2"}, "EDGE=ashburn,umatilla", "one for all, or one for each of 127.0.0.1:5060"),
    ({"edges": "192.0.2.1"}, "EDGES=192.0.2.1", "an edge such as ashburn, or its legacy id, is needed"),
    ({"edges": "roaming=192.0.2.1"}, "EDGES=roaming=192.0.2.1", "an edge such as ashburn, or its legacy id, is needed"),
    ({"edges": "dublin=127.0.0.1"}, "EDGES=dublin=127.0.0.1:5060", "that gateway stands at ashburn as well"),
    (
        {"dns_bind": "0.0.0.0:53"},
        "DNS_BIND=0.0.0.0:53",
        "nobody can ask 0.0.0.0; set TRUNKLINE_DNS_ADVERTISE to the public address",
    ),
    (
        {"voice_bind": "0.0.0.0:5070"},
        "VOICE_BIND=0.0.0.0:5070",
        "nobody can send to 0.0.0.0; an address that gateways and relays reach is needed",
    ),
    *(
        ({"validation_caller_id": number}, f"VALIDATION_CALLER_ID={number}", _NUMBER_NEEDED)
        for number in ("2025550199", "+1 202 555 0199", "+12025550199;npdi", "+0")
    ),
    ({"domain": "no domain"}, "DOMAIN=no domain", "a DNS name is needed"),
    ({"digest": "sha1"}, "DIGEST=sha1", "Input should be 'md5', 'md5+sha256' or 'sha256'"),
    ({"header_prefix": "Twilio"}, "HEADER_PREFIX=Twilio", "a header prefix such as X-Twilio is needed"),
    ({"default_cps": "0"}, "DEFAULT_CPS=0", "Input should be greater than or equal to 1"),
    ({"account_sid": "AC1"}, "ACCOUNT_SID=AC1", "AC and 32 lower-case hex digits are needed"),
    ({"database_url": "mysql://u:p@h/d"}, "DATABASE_URL=***", "sqlite:///PATH or postgresql://... is needed"),
    ({"database_url": "postgresql://u:p[q@h/d"}, "DATABASE_URL=***", "sqlite:///PATH or postgresql://... is needed"),
    (
        {"valkey_url": "valkey://:p[q@h"},
        "VALKEY_URL=***",
        "valkey://HOST:PORT, valkeys://... or unix://PATH is needed",
    ),
    ({"tls_ca": "x" * 300}, "TLS_CA=" + "x" * 300, "no such file"),
    (
        {"valkey_url": "http://:p@127.0.0.1"},
        "VALKEY_URL=***",
        "valkey://HOST:PORT, valkeys://... or unix://PATH is needed",
    ),
    ({"smtp_url": "http://u:p@127.0.0.1", "mail_from": "a@b.example"}, "SMTP_URL=***", _SMTP),
    ({"smtp_url": "smtp://127.0.0.1"}, "MAIL_FROM is not set", "it goes with TRUNKLINE_SMTP_URL"),
    (
        {"mail_from": "Trunks <a@b.example>"},
        "MAIL_FROM=Trunks <a@b.example>",
        "an address such as ops@example.com is needed",
    ),
    ({"auth_token": "hunter2"}, "AUTH_TOKEN=***", "at least 16 printable characters without spaces are needed"),
    ({"secret_key": "hunter2"}, "SECRET_KEY=***", "at least 32 characters are needed"),
    ({"config": "nowhere.toml"}, "CONFIG=nowhere.toml", "no such file"),
    ({"auth_token_file": "nowhere"}, "AUTH_TOKEN_FILE=nowhere", "No such file or directory"),
]


@pytest.mark.parametrize(("values", "setting", "reason"), FAULTS, ids=[fault[1] for fault in FAULTS])
def test_a_fault_names_the_setting_and_the_value_in_one_line(
    load: Load, values: dict[str, str], setting: str, reason: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**values)
    assert str(caught.value) == f"TRUNKLINE_{setting}: {reason}"


@pytest.mark.parametrize("given", ["account_sid", "auth_token"])
def test_account_and_token_go_together(load: Load, given: str) -> None:
    with pytest.raises(SettingsError, match=r"^TRUNKLINE_(ACCOUNT_SID|AUTH_TOKEN) is not set: it goes with"):
        load(**{given: "AC" + "0" * 32})


def test_several_faults_are_told_together(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(rtp_ports="x", sandbox="perhaps")
    assert [line.split("=")[0] for line in str(caught.value).splitlines()] == [
        "TRUNKLINE_RTP_PORTS",
        "TRUNKLINE_SANDBOX",
    ]


def test_a_file_is_read_and_the_environment_wins(load: Load, tmp_path: Path) -> None:
    lines = (
        'domain = "Voice.Example.test."',
        'sip_bind = ["127.0.0.1:5070", "127.0.0.2:5070"]',
        "sandbox = false",
        "hunt_limit_s = 30",
    )
    (tmp_path / "trunkline.toml").write_text("\n".join(lines))
    settings = load(hunt_limit_s="20")
    assert (settings.domain, settings.sandbox, settings.hunt_limit_s) == ("voice.example.test", False, 20.0)
    assert [gateway.instance for gateway in settings.gateways] == ["127.0.0.1:5070", "127.0.0.2:5070"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sip_bnd = 1\n", "sip_bnd: there is no such setting"),
        ("x = [", "trunkline.toml: "),
        ("relay = 5\n", "TRUNKLINE_RELAY=5: text is needed"),
        ("relay = [5]\n", "text is needed"),
        ("rtp_ports = { first = 1, last = 2 }\n", "text is needed"),
        ("relay = []\n", "at least one is needed"),
    ],
)
def test_a_bad_file_is_told(load: Load, tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "trunkline.toml").write_text(text)
    with pytest.raises(SettingsError, match=line):
        load()


def test_a_secret_may_lie_in_a_file_of_its_own(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key of more than thirty-two characters\n")
    settings = load(secret_key_file=str(tmp_path / "key"))
    assert settings.secret_key == Secret("a key of more than thirty-two characters")
    with pytest.raises(SettingsError, match="one of them"):
        load(secret_key="another key of more than thirty-two characters")


def test_an_empty_variable_is_as_good_as_none(load: Load) -> None:
    assert load(relay="", sip_advertise="").built_in_relay


def test_a_slip_of_the_pen_is_listed(load: Load) -> None:
    assert load(sip_bnd="127.0.0.1:5060", vectors="x", auth_token_flie="y").unknown == (
        "TRUNKLINE_AUTH_TOKEN_FLIE",
        "TRUNKLINE_SIP_BND",
    )


def test_no_secret_shows_in_the_settings(load: Load) -> None:
    token = "hunter2-and-some-more-characters-of-it"
    settings = load(
        secret_key=token,
        account_sid="AC" + "0" * 32,
        auth_token=token,
        operator_token=token,
        database_url=f"postgresql://u:{token}@127.0.0.1/d",
        valkey_url=f"redis://:{token}@127.0.0.1",
        smtp_url=f"smtps://u:{token}@127.0.0.1",
        mail_from="trunks@example.com",
    )
    assert "hunter2" not in repr(settings)


def test_certificates_of_ones_own_come_in_pairs_of_files_that_exist(load: Load, tmp_path: Path) -> None:
    for name in ("a.pem", "a.key", "ca.pem"):
        (tmp_path / name).touch()
    assert load().tls == TlsSettings((), None)
    tls = load(tls_certificate="a.pem", tls_key="a.key", tls_ca="ca.pem").tls
    assert tls == TlsSettings(((tmp_path / "a.pem", tmp_path / "a.key"),), tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match=r"TRUNKLINE_TLS_KEY=a.key: 2 are needed"):
        load(tls_certificate="a.pem,ca.pem")
    with pytest.raises(SettingsError, match=r"TRUNKLINE_TLS_CERTIFICATE=b.pem: no such file"):
        load(tls_certificate="b.pem")


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `TRUNKLINE_")]
    documented = {row.split("`")[1].removeprefix("TRUNKLINE_").lower() for row in rows}
    assert documented == {*SettingsText.model_fields, "config"}
