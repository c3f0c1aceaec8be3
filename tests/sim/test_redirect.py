"""A customer's PBX answers 302: rows 64-68 on the whole platform, read from the bytes that leave it."""

from dataclasses import replace

import pytest

from tests.kit.facts import OWNED, PBX_ONE, PBX_THREE, PFX, TRUNK, Facts, url
from tests.kit.phone import Phone, PhoneCall, Script
from tests.kit.platform import PLATFORM
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow

THIRD = f"<sip:desk@{PBX_THREE[0]}:{PBX_THREE[1]}>"
MOVED = Script(refuse_with=302)
MOVED_AFTER_RINGING = Script(refuse_with=302, ring_after=0.1, answer_after=3.0)
ANSWERS = Script(hang_up_after=1.0)


def point(phone: Phone, *contacts: str) -> None:
    """Every 302 of that phone carries these Contact headers."""
    headers = "".join(f"Contact: {contact}\r\n" for contact in contacts).encode()

    def gate(data: bytes) -> bytes:
        if not data.startswith(b"SIP/2.0 302 "):
            return data
        status_line, rest = data.split(b"\r\n", 1)
        return status_line + b"\r\n" + headers + rest

    phone.gate = gate


def invites(scene: Scene) -> list[Request]:
    """Every INVITE that left for a customer, repetitions aside."""
    assert scene.world.trace is not None
    sent = (data for _, source, _, data in scene.world.trace if source == PLATFORM and data.startswith(b"INVITE "))
    parsed = [parse(data) for data in dict.fromkeys(sent)]
    return [message for message in parsed if isinstance(message, Request)]


def origination(*scripts: Script, facts: Facts | None = None) -> Scene:
    scene = Scene(*scripts, facts=facts, origination=True)
    scene.world.trace = []
    return scene


def statuses(scene: Scene) -> list[int | None]:
    return [attempt.status for attempt in scene.platform.record.attempts]


def codes(scene: Scene) -> list[int]:
    return [alert.code for alert in scene.platform.records.alerts]


@pytest.mark.parametrize(
    "contact", ["", "sip:desk@192.0.2.102?X-A=1", "<sip:desk@192.0.2.102", "nobody at all", "<sip:>"]
)
def test_row_66_a_contact_that_cannot_be_read_fails_the_call_and_not_silently(contact: str) -> None:
    """Sip.md 4.6.9: the answer is a 302 all the same; lost as malformed, it would count as silence and move on."""
    with origination(MOVED) as scene:
        point(scene.callee, contact)
        call = scene.dial()
        scene.run(2.0)
        assert (call.end, statuses(scene), codes(scene)) == ("480", [302], [32219])


def test_row_56_a_refusal_is_heard_whatever_its_contact_says() -> None:
    """RFC 3261 table 3: a Contact of a 486 means nothing to anybody."""
    with origination(Script(refuse_with=486)) as scene:
        scene.callee.gate = lambda data: (
            data.replace(b"\r\n", b"\r\nContact: <sip:\r\n", 1) if b" 486 " in data[:16] else data
        )
        call = scene.dial()
        scene.run(2.0)
        assert (call.end, statuses(scene)) == ("486", [486])


@pytest.mark.parametrize("script", [MOVED, MOVED_AFTER_RINGING], ids=["at once", "after ringing"])
def test_row_64_first_302_is_followed(script: Script) -> None:
    with origination(script, Script(), ANSWERS) as scene:
        point(scene.callee, THIRD)
        call = scene.dial()
        scene.run(10.0)
        assert call.end == "bye received"
        assert not scene.callees[1].calls
        assert scene.callees[2].call_made.end == "bye sent"
    first, second = invites(scene)
    assert second.uri_text == second.to.uri_text == f"sip:desk@{PBX_THREE[0]}:{PBX_THREE[1]}"
    assert first.call_id != second.call_id
    diversion = [f"<sip:{OWNED}@{PFX}>;reason=unconditional"]
    assert first.get_all("diversion") == second.get_all("diversion") == diversion
    assert first.from_.uri_text == second.from_.uri_text
    for name in ("p-asserted-identity", "x-twilio-callsid"):
        assert first.get_all(name) == second.get_all(name) != []
    record = scene.platform.record
    assert (statuses(scene), record.to_uri) == ([302, 200], second.uri_text)
    assert [attempt.sip_call_id for attempt in record.attempts] == [first.call_id, second.call_id]
    assert codes(scene) == [], "a redirect that was followed is no failure"


def refused(call: PhoneCall) -> tuple[str, str | None]:
    return call.end, next((value for name, value in call.headers if name.lower() == "x-twilio-error"), None)


def test_row_64_second_302_fails_the_call() -> None:
    with origination(MOVED, Script(), MOVED) as scene:
        point(scene.callee, THIRD)
        point(scene.callees[2], f"<sip:desk@{scene.callees[1].address[0]}>")
        call = scene.dial()
        scene.run(10.0)
        assert refused(call) == ("480", "32219 Redirect is not permitted")
        assert not scene.callees[1].calls, "no failover"
    assert statuses(scene) == [302, 302]
    assert codes(scene) == [32219]
    assert scene.platform.record.cause.name == "redirect_failed"


@pytest.mark.parametrize("contacts", [(f"{THIRD}, <tel:+12025550101>",), (THIRD, "<tel:+12025550101>")])
def test_row_65_only_the_first_uri_of_the_first_contact_counts(contacts: tuple[str, ...]) -> None:
    with origination(MOVED, Script(), ANSWERS) as scene:
        point(scene.callee, *contacts)
        scene.dial()
        scene.run(10.0)
    assert statuses(scene) == [302, 200]


@pytest.mark.parametrize(
    "contacts",
    [
        (f"<sip:desk@acme.pstn.{PFX}>",),
        (f"<sip:desk@acme.sip.{PFX}>",),
        ("<sip:desk@10.0.0.9>",),
        ("<sip:desk@127.0.0.1>",),
        ("<tel:+12025550101>", THIRD),
        (),
    ],
    ids=["pstn", "sip", "private", "loopback", "tel", "no contact"],
)
def test_row_66_forbidden_target_fails_the_call(contacts: tuple[str, ...]) -> None:
    with origination(MOVED) as scene:
        point(scene.callee, *contacts)
        call = scene.dial()
        scene.run(10.0)
        assert refused(call) == ("480", "32219 Redirect is not permitted")
    assert len(invites(scene)) == 1
    assert statuses(scene) == [302]
    assert codes(scene) == [32219]


def test_row_66_name_that_leads_to_a_private_address_fails_the_call() -> None:
    with origination(MOVED) as scene:
        scene.platform.locator.names["pbx.example.com"] = [Flow("UDP", "10.0.0.9", 5060)]
        point(scene.callee, "<sip:desk@pbx.example.com>")
        call = scene.dial()
        scene.run(10.0)
        assert refused(call) == ("480", "32219 Redirect is not permitted")
    assert len(invites(scene)) == 1
    assert statuses(scene) == [302, 503]
    assert codes(scene) == [32219]


def test_row_67_edge_and_tnx_are_ignored() -> None:
    with origination(MOVED, Script(), ANSWERS) as scene:
        point(scene.callee, f"<sip:desk@{PBX_THREE[0]};edge=dublin;tnx=TX1>")
        scene.dial()
        scene.run(10.0)
    assert invites(scene)[1].uri_text == f"sip:desk@{PBX_THREE[0]}"
    assert statuses(scene) == [302, 200]


def test_row_68_redirected_call_of_a_secure_trunk_is_tls() -> None:
    facts = Facts()
    facts.trunk = replace(TRUNK, secure=True, origination_urls=(url(PBX_ONE),))
    with origination(MOVED, Script(), ANSWERS, facts=facts) as scene:
        point(scene.callee, f"<sip:desk@{PBX_THREE[0]}:{PBX_THREE[1]};transport=udp>")
        scene.dial()
        scene.run(10.0)
    redirected = invites(scene)[1]
    assert redirected.uri.transport == "tls"
    assert redirected.via.transport == "TLS"
    assert statuses(scene) == [302, 200]


def test_rows_55_and_60_silence_of_the_redirects_target_goes_on_to_the_next_uri() -> None:
    silent = Script(trying=False, ring_after=None, answer_after=None)
    with origination(MOVED, ANSWERS, silent) as scene:
        scene.callees[2].deaf = True
        point(scene.callee, THIRD)
        call = scene.dial()
        scene.run(10.0)
        assert call.end == "bye received"
        rang_at = scene.callees[1].call_made.invited_at
        assert 4.0 <= rang_at - scene.callee.call_made.invited_at < 5.0
    assert statuses(scene) == [302, 408, 200]
    assert codes(scene) == [32011]


def test_row_64_a_carriers_302_is_not_followed() -> None:
    """Only origination: towards a carrier it moves on, as any 3xx."""
    with Scene(MOVED, ANSWERS, facts=open_facts()) as scene:
        scene.world.trace = []
        point(scene.callee, THIRD)
        scene.dial()
        scene.run(10.0)
        assert len(scene.callees[1].calls) == 1
    assert PBX_THREE[0] not in [invite.uri.host for invite in invites(scene)]
    assert statuses(scene) == [302, 200]


def test_caller_hangs_up_while_the_redirects_target_is_looked_for() -> None:
    with origination(MOVED) as scene:
        scene.platform.locator.delay_s = 1.0
        point(scene.callee, THIRD)
        call = scene.dial(Script(cancel_after=2.0))
        scene.run(10.0)
        assert call.end == "cancel sent"
    assert len(invites(scene)) == 1
    assert scene.platform.record.cause.name == "caller_cancelled"
