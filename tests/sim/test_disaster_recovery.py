"""The hand-over to disaster recovery, as far as it goes without a TwiML server: rows 59 and 101, sip.md 7.2 and 7.3."""

from dataclasses import replace

import pytest

from tests.kit.facts import PBX_ONE, TRUNK, Facts, url
from tests.kit.phone import Script
from tests.kit.scene import Scene
from trunkline.domain.record.alert import AlertLevel

UNAVAILABLE = 11200


def recovered(*scripts: Script, url_given: bool = True, urls: bool = True) -> Scene:
    """A call through a trunk with disaster recovery, and one URI or none."""
    facts = Facts()
    recovery_url = "https://voice.example.com/twiml?token=hush" if url_given else None
    origination_urls = (url(PBX_ONE),) if urls else (replace(url(PBX_ONE), enabled=False),)
    facts.trunk = replace(TRUNK, origination_urls=origination_urls, disaster_recovery_url=recovery_url)
    with Scene(*scripts, facts=facts, origination=True) as scene:
        call = scene.dial()
        scene.run(10.0)
        assert call.over
    return scene


def codes(scene: Scene) -> list[int]:
    return [alert.code for alert in scene.platform.records.alerts]


@pytest.mark.parametrize(
    ("script", "code"), [(Script(refuse_with=500), 32011), (Script(refuse_with=503, ring_after=None), 32011)]
)
def test_row_101_all_uris_failed_recovery_is_wanted_and_said_to_be_missing(script: Script, code: int) -> None:
    scene = recovered(script)
    record = scene.platform.record
    assert record.cause.name == f"callee_{script.refuse_with}", "the caller hears the failure of the hunt"
    assert codes(scene) == [code, UNAVAILABLE]
    alert = scene.platform.records.alerts[-1]
    assert (alert.level, alert.trunk_sid, alert.call_sid) == (AlertLevel.WARNING, TRUNK.sid, record.sid)
    assert "hush" not in alert.text


def test_row_59_nothing_is_enabled_recovery_is_wanted_all_the_same() -> None:
    scene = recovered(urls=False)
    assert scene.platform.record.cause.name == "no_origination_uri"
    assert codes(scene) == [32010, UNAVAILABLE]
    assert scene.platform.record.attempts == ()


@pytest.mark.parametrize("status", [404, 486, 603])
def test_row_101_a_stop_code_is_the_customers_word(status: int) -> None:
    scene = recovered(Script(refuse_with=status))
    assert codes(scene) == []
    assert scene.platform.record.cause.name == f"callee_{status}"


def test_row_101_an_answered_call_needs_none() -> None:
    assert codes(recovered(Script(hang_up_after=1.0))) == []


@pytest.mark.parametrize("urls", [True, False])
def test_without_a_recovery_url_the_caller_is_released(urls: bool) -> None:
    scene = recovered(Script(refuse_with=500), url_given=False, urls=urls)
    assert codes(scene) == ([32011] if urls else [32010])
