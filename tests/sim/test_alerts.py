"""The alerts of refusals and failed attempts: code, text, both messages, whose they are and whose fault it was."""

from dataclasses import replace

import pytest

from tests.kit.facts import ACCOUNT, OWNED, PBX_ONE, PBX_TWO, TRUNK, Facts, url
from tests.kit.phone import Script
from tests.kit.port import offer_sdp
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.call.release_cause import Party
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.service.gateway.record.alert_budget import MOST

SILENT = Script(trying=False, ring_after=None, answer_after=None)
KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


def the_alert(scene: Scene) -> Alert:
    (alert,) = scene.platform.records.alerts
    return alert


def test_row_60_each_failed_attempt_has_one_alert_with_what_was_said() -> None:
    """An answer, silence, and a dead host: 32011 each, in the order of the attempts."""
    with Scene(Script(refuse_with=488), SILENT, Script(), origination=True) as scene:
        scene.callees[1].deaf = True
        scene.world.refusing.add(scene.callees[2].address)
        call = scene.dial()
        scene.run(10.0)
        assert call.end == "503"
    record, alerts = scene.platform.record, scene.platform.records.alerts
    assert [attempt.status for attempt in record.attempts] == [488, 408, 503]
    assert [(alert.code, alert.level, alert.party) for alert in alerts] == [(32011, AlertLevel.ERROR, Party.CALLEE)] * 3
    assert {(alert.account_sid, alert.trunk_sid, alert.call_sid) for alert in alerts} == {
        (ACCOUNT.sid, TRUNK.sid, record.sid)
    }
    for attempt, alert in zip(record.attempts, alerts, strict=True):
        assert (alert.request_text or "").startswith(f"INVITE {attempt.target_uri} SIP/2.0\r\n")
        assert f"Call-ID: {attempt.sip_call_id}\r\n" in (alert.request_text or "")
    assert (alerts[0].response_text or "").startswith("SIP/2.0 488 ")
    assert (alerts[1].response_text, alerts[2].response_text) == (None, None)


def test_row_60_a_pbx_that_rings_for_ever_has_failed_as_by_408() -> None:
    with Scene(Script(answer_after=None), Script(hang_up_after=1.0), origination=True, no_answer_s=5.0) as scene:
        scene.dial()
        scene.run(10.0)
    assert [attempt.status for attempt in scene.platform.record.attempts] == [408, 200]
    assert the_alert(scene).code == 32011


def test_row_59_no_uri_has_an_alert_with_the_carriers_invite_and_our_answer() -> None:
    with Scene(facts=Facts().with_urls(), origination=True) as scene:
        scene.dial()
        scene.run(1.0)
    alert = the_alert(scene)
    assert (alert.code, alert.call_sid, alert.party) == (32010, scene.platform.record.sid, Party.CALLEE)
    assert (alert.request_text or "").startswith(f"INVITE sip:{OWNED}@192.0.2.1")
    assert (alert.response_text or "").startswith("SIP/2.0 480 ")
    assert "\r\nX-Twilio-Error: 32010 " in (alert.response_text or "")


def test_refusal_before_any_call_shows_both_messages_without_credentials() -> None:
    """Wrong credentials: 32202, on the trunk, since nobody is known who could own a call."""
    facts = Facts()
    wrong = replace(TRUNK.credentials["alice"], ha1_md5=TRUNK.credentials["alice"].ha1_sha256)
    facts.trunk = replace(TRUNK, credentials={"alice": wrong})
    with Scene(facts=facts) as scene:
        call = scene.dial()
        scene.run(2.0)
        assert call.end == "403"
    alert = the_alert(scene)
    assert (alert.code, alert.trunk_sid, alert.call_sid, alert.party) == (32202, TRUNK.sid, None, Party.CALLER)
    assert (alert.request_text or "").startswith(f"INVITE sip:{CALLEE}@")
    assert "uthorization" not in (alert.request_text or "")
    assert (alert.response_text or "").startswith("SIP/2.0 403 ")
    assert "\r\nX-Twilio-Error: 32202 " in (alert.response_text or "")


def test_recorded_refusal_shows_no_credentials_and_no_media_keys() -> None:
    """Credentials were right and the number is not; the offer's SRTP key is nobody's business either."""
    sdp = offer_sdp("192.0.2.50") + f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\na=odd:\0\r\n".encode()
    with Scene() as scene:
        call = scene.alice.dial("0123", sdp=sdp)
        scene.run(2.0)
        assert call.over
    alert = the_alert(scene)
    assert (alert.code, alert.call_sid) == (32101, scene.platform.record.sid)
    assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***" in (alert.request_text or "")
    assert KEY not in (alert.request_text or "")
    assert "uthorization" not in (alert.request_text or "")
    assert "\0" not in (alert.request_text or "")


def test_every_failure_has_its_alert_but_a_flood_of_them_keeps_first_lines_only() -> None:
    with Scene(Script(refuse_with=500), facts=Facts().with_urls(url(PBX_ONE)), origination=True) as scene:
        for _ in range(MOST + 2):
            scene.dial()
            scene.run(2.0)
    alerts = scene.platform.records.alerts
    assert len(alerts) == MOST + 2
    whole = ["\r\n" in (alert.request_text or "") for alert in alerts]
    assert whole == [True] * MOST + [False] * 2
    assert alerts[-1].request_text == f"INVITE sip:{OWNED}@192.0.2.100:5060 SIP/2.0"
    assert alerts[-1].response_text == "SIP/2.0 500 Server Internal Error"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (";x=1", 32114),
        (";transport=sctp", 32114),
        (";edge=atlantis", 32114),
        ("?Room=1", 32111),
        ("?X-Room=%01", 32112),
        ("?X-Twilio-Room=1", 32113),
    ],
)
def test_rows_49_and_50_bad_part_of_a_uri_is_a_warning_and_the_call_goes_on(extra: str, code: int) -> None:
    facts = Facts().with_urls(url(PBX_ONE, extra=extra))
    with Scene(Script(hang_up_after=1.0), facts=facts, origination=True) as scene:
        call = scene.dial()
        scene.run(5.0)
        assert call.end == "bye received"
    alert = the_alert(scene)
    assert (alert.code, alert.level, alert.party) == (code, AlertLevel.WARNING, Party.CALLEE)
    assert (alert.trunk_sid, alert.call_sid) == (TRUNK.sid, scene.platform.record.sid)
    assert alert.text.endswith(extra)


def test_row_46_uri_that_cannot_be_called_is_a_warning_and_the_next_one_rings() -> None:
    facts = Facts().with_urls(replace(url(PBX_ONE), uri="tel:+12025550199", priority=1), url(PBX_TWO))
    with Scene(Script(), Script(hang_up_after=1.0), facts=facts, origination=True) as scene:
        call = scene.dial()
        scene.run(5.0)
        assert call.end == "bye received"
    assert (the_alert(scene).code, the_alert(scene).level) == (32110, AlertLevel.WARNING)
    assert len(scene.platform.record.attempts) == 1


def test_warnings_of_a_uri_do_not_come_with_every_call() -> None:
    facts = Facts().with_urls(url(PBX_ONE, extra=";x=1"))
    with Scene(Script(hang_up_after=0.1), facts=facts, origination=True) as scene:
        for _ in range(MOST + 2):
            scene.dial()
            scene.run(2.0)
    assert [alert.code for alert in scene.platform.records.alerts] == [32114] * MOST


def test_row_126_no_alert_shows_the_credentials_of_a_uri() -> None:
    """Neither a warning about the URI, nor the message, whole or its first line, that its headers went into."""
    facts = Facts().with_urls(url(PBX_ONE, extra=";x=1?X-Auth-Token=hush-hush"))
    with Scene(Script(refuse_with=500), facts=facts, origination=True) as scene:
        for _ in range(MOST + 1):
            scene.dial()
            scene.run(2.0)
    alerts = scene.platform.records.alerts
    assert {alert.code for alert in alerts} == {32011, 32114}
    assert alerts[-1].request_text == f"INVITE sip:{OWNED}@192.0.2.100:5060 SIP/2.0"
    assert any("X-Auth-Token=***" in alert.text for alert in alerts)
    assert "\r\nX-Auth-Token: ***\r\n" in (alerts[0].request_text or "")
    assert not any("hush-hush" in f"{alert.text}{alert.request_text}" for alert in alerts)


def test_row_126_no_first_line_shows_the_password_of_a_called_uri() -> None:
    with Scene(facts=open_facts()) as scene:
        for _ in range(MOST + 1):
            scene.dial(number="0123:hush-hush")
            scene.run(2.0)
    last = scene.platform.records.alerts[-1].request_text or ""
    assert "\r\n" not in last
    assert last.startswith("INVITE sip:0123:***@")


def test_ordinary_endings_raise_none() -> None:
    with Scene(Script(refuse_with=486), facts=open_facts()) as scene:
        scene.dial()
        scene.run(2.0)
    assert scene.platform.records.alerts == []
