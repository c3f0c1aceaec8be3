"""From words to a call."""

from pathlib import Path

import pytest

from trunkline.kit.secret import Secret
from trunkline.platform.media.audio import Echo, Nothing, Play, Silence
from trunkline.platform.setting.settings import Settings, load_settings
from trunkline.service.sandbox.phone_call import Credential
from trunkline.service.sandbox.phone_plan import BadPhonePlan, parse_playing, plan_call

DEMO = "demo.pstn.trunkline.localhost"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path))
    monkeypatch.setenv("TRUNKLINE_SIP_BIND", "127.0.0.1:5070")
    found = load_settings()
    found.home.prepare()
    found.home.keep_cli_values(
        {
            "demo_domain": DEMO,
            "demo_username": "demo",
            "demo_password": "correct horse 9",
            "demo_number": "+12025550100",
        }
    )
    return found


def test_a_number_alone_is_called_through_the_demo_trunk(settings: Settings) -> None:
    plan = plan_call(settings, "+15005550100")
    assert plan.request_uri == f"sip:+15005550100@{DEMO}"
    assert plan.from_text == f"<sip:+12025550100@{DEMO}>"
    assert str(plan.next_hop) == "sip:127.0.0.1:5070"
    assert plan.credential == Credential("demo", Secret("correct horse 9"))


def test_a_trunk_of_ours_is_reached_at_our_gateway_with_its_own_credential(settings: Settings) -> None:
    plan = plan_call(
        settings, "+15005550100", trunk="office.pstn.trunkline.localhost", user="pbx", password=Secret("Password1234")
    )
    assert plan.request_uri == "sip:+15005550100@office.pstn.trunkline.localhost"
    assert plan.from_text == "<sip:pbx@office.pstn.trunkline.localhost>"
    assert str(plan.next_hop) == "sip:127.0.0.1:5070"
    assert plan.credential == Credential("pbx", Secret("Password1234"))


def test_another_trunk_is_reached_by_dns_or_by_the_proxy(settings: Settings) -> None:
    plan = plan_call(settings, "+15005550100", trunk="t.example.test", caller="+12025550111")
    assert str(plan.next_hop) == "sip:+15005550100@t.example.test"
    assert plan.credential is None
    assert plan.from_text == "<sip:+12025550111@t.example.test>"
    through = plan_call(settings, "+15005550100", trunk="t.example.test", proxy="192.0.2.1:5080")
    assert str(through.next_hop) == "sip:192.0.2.1:5080"


@pytest.mark.parametrize(
    ("number", "trunk", "proxy", "next_hop"),
    [
        ("+15005550100", "", "", "sip:127.0.0.1:5071;transport=tls"),
        ("+15005550100", "", "192.0.2.1:5081", "sip:192.0.2.1:5081;transport=tls"),
        ("+15005550100", "t.example.test", "", "sip:t.example.test;transport=tls"),
        ("sip:tone@127.0.0.1", "", "", "sip:127.0.0.1;transport=tls"),
    ],
)
def test_a_call_by_tls_goes_to_the_port_of_tls(
    settings: Settings, number: str, trunk: str, proxy: str, next_hop: str
) -> None:
    """The gateway's own is the next one; a proxy's is as it was typed, and no port is left to DNS."""
    assert str(plan_call(settings, number, trunk=trunk, proxy=proxy, tls=True).next_hop) == next_hop


def test_a_uri_is_called_as_it_is(settings: Settings) -> None:
    plan = plan_call(settings, "sip:tone@127.0.0.1:5091")
    assert (plan.request_uri, str(plan.next_hop)) == ("sip:tone@127.0.0.1:5091", "sip:tone@127.0.0.1:5091")
    assert plan.credential is None


@pytest.mark.parametrize("number", ["", "1 2", "sip:", "sip:a b@127.0.0.1"])
def test_what_is_no_number_is_refused(settings: Settings, number: str) -> None:
    with pytest.raises(BadPhonePlan):
        plan_call(settings, number)


@pytest.mark.parametrize(("text", "source"), [("echo", Echo), ("silence", Silence), ("nothing", Nothing)])
def test_playing_by_name(text: str, source: type) -> None:
    playing = parse_playing(text)
    assert isinstance(playing.make(), source)
    assert playing.seconds is None


def test_tones_have_no_end_and_a_file_has(tmp_path: Path) -> None:
    for text in ("tone:440", "tone:697+1209"):
        tone = parse_playing(text)
        assert (isinstance(tone.make(), Play), tone.seconds) == (True, None)
    with pytest.raises(BadPhonePlan, match=r"cannot read none\.wav"):
        parse_playing(str(tmp_path / "none.wav"))


@pytest.mark.parametrize("text", ["tone:", "tone:19", "tone:4000", "tone:440,480", "tone:1+2+3+4+5", "tone:-1"])
def test_tones_that_are_none(text: str) -> None:
    with pytest.raises(BadPhonePlan, match="whole frequencies"):
        parse_playing(text)
