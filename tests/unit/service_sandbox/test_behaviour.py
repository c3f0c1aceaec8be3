"""What each number of the sandbox does, on the wire and on a fake clock (design, section 7)."""

import pytest

from tests.unit.service_sandbox.two_phones import CALLER, SANDBOX, TwoPhones
from trunkline.platform.media.audio import Echo, Nothing, Play
from trunkline.protocol.sdp.session import parse as parse_sdp
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import UNUSABLE_ADDRESS, carrier_behaviour, pbx_behaviour
from trunkline.service.sandbox.phone_call import CallOrder, PhoneCall


def call(phones: TwoPhones, user: str, *, patience_s: float = 90.0) -> PhoneCall:
    order = CallOrder(
        f"sip:{user}@127.0.0.1:5090", "<sip:+12025550100@127.0.0.1>", Flow("UDP", *SANDBOX), patience_s=patience_s
    )
    placed = phones.caller.call(order, phones.now)
    phones.pump()
    return placed


def carrier() -> TwoPhones:
    return TwoPhones(carrier_behaviour)


def pbx() -> TwoPhones:
    return TwoPhones(pbx_behaviour)


def hang_up(phones: TwoPhones, placed: PhoneCall) -> None:
    phones.caller.hang_up(placed, phones.now)
    phones.settle()


def is_held(phones: TwoPhones) -> bool:
    return phones.caller_ports.opened[0].held


def source_of(phones: TwoPhones) -> object:
    """What the sandbox sends last."""
    return phones.sandbox_ports.opened[0].played[-1]


def test_00_rings_answers_and_echoes_until_the_caller_hangs_up() -> None:
    phones = carrier()
    placed = call(phones, "+15005550100")
    phones.run(30.0)
    assert phones.words(CALLER) == [(0.0, "100"), (0.0, "180"), (0.5, "200")]
    assert isinstance(source_of(phones), Echo)
    assert phones.sandbox_ports.opened[0].connected == [("127.0.0.1", 41000, 0, 0, 101, 41001)]
    assert phones.caller_ports.opened[0].connected == [("127.0.0.1", 42000, 0, 0, 101, 42001)]
    assert placed.outcome == "answered"
    hang_up(phones, placed)
    assert placed.talked_s(phones.now) == pytest.approx(29.5)


def test_a_number_without_its_plus_is_the_same_number() -> None:
    phones = carrier()
    placed = call(phones, "15005550103")
    assert placed.status == 486
    phones.settle()


def test_01_answers_with_a_tone() -> None:
    phones = carrier()
    placed = call(phones, "+15005550101")
    phones.run(1.0)
    tone = source_of(phones)
    assert isinstance(tone, Play)
    assert not tone.finished
    assert placed.answered
    hang_up(phones, placed)


def test_02_rings_for_sixty_seconds() -> None:
    phones = carrier()
    placed = call(phones, "+15005550102")
    phones.run(59.9)
    assert phones.words(CALLER) == [(0.0, "100"), (0.0, "180")]
    assert placed.outcome == "ringing"
    phones.run(0.2)
    assert phones.words(CALLER)[-1] == (60.0, "480")
    assert placed.outcome == "no-answer"
    phones.settle()


def test_02_is_cancelled_by_its_caller() -> None:
    phones = carrier()
    placed = call(phones, "+15005550102")
    phones.run(5.0)
    hang_up(phones, placed)
    assert placed.outcome == "cancelled"
    assert phones.sandbox_ports.opened == []


@pytest.mark.parametrize(
    ("user", "status", "at", "outcome"),
    [
        ("+15005550103", 486, 0.0, "busy"),
        ("+15005550104", 603, 0.5, "failed"),
        ("+15005550105", 404, 0.0, "failed"),
        ("+15005550106", 503, 0.0, "failed"),
        ("+15005550199", 404, 0.0, "failed"),
        ("+12025550123", 404, 0.0, "failed"),
        ("nobody", 404, 0.0, "failed"),
    ],
)
def test_numbers_that_refuse(user: str, status: int, at: float, outcome: str) -> None:
    phones = carrier()
    placed = call(phones, user)
    phones.run(1.0)
    assert phones.words(CALLER)[-1] == (at, str(status))
    assert (placed.status, placed.outcome) == (status, outcome)
    assert not placed.answered
    phones.settle()


def test_07_never_responds() -> None:
    phones = carrier()
    placed = call(phones, "+15005550107")
    phones.run(33.0)
    assert phones.words(CALLER) == []
    assert [at for at, word in phones.words(SANDBOX)] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert phones.sandbox.ignored == 7
    assert (placed.outcome, placed.status) == ("failed", 0)
    phones.settle()


def test_08_answers_and_hangs_up_after_five_seconds() -> None:
    phones = carrier()
    placed = call(phones, "+15005550108")
    phones.run(10.0)
    assert phones.words(CALLER) == [(0.0, "100"), (0.0, "180"), (0.5, "200"), (5.5, "BYE")]
    assert placed.talked_s(phones.now) == pytest.approx(5.0)
    assert placed.reason == "hung up by the peer"
    phones.settle()


def test_09_has_early_media_and_then_answers_with_the_same_sdp() -> None:
    phones = carrier()
    placed = call(phones, "+15005550109")
    phones.run(1.0)
    assert phones.words(CALLER) == [(0.0, "100"), (0.0, "183")]
    assert phones.caller_ports.opened[0].connected == [("127.0.0.1", 42000, 0, 0, 101, 42001)]
    ringing = source_of(phones)
    phones.run(2.0)
    assert phones.words(CALLER)[-1] == (2.0, "200")
    assert source_of(phones) is not ringing
    bodies = {seen.message.body for seen in phones.seen if seen.word in {"183", "200"}}
    assert len(bodies) == 1
    assert len(phones.caller_ports.opened[0].connected) == 1
    hang_up(phones, placed)


def test_10_answers_with_an_address_where_nobody_is() -> None:
    phones = carrier()
    placed = call(phones, "+15005550110")
    phones.run(1.0)
    answer = next(seen for seen in phones.seen if seen.word == "200")
    session = parse_sdp(answer.message.body)
    assert session.address_of(session.media[0]) == UNUSABLE_ADDRESS
    assert isinstance(source_of(phones), Nothing)
    assert phones.caller_ports.opened[0].connected[0][0] == UNUSABLE_ADDRESS
    hang_up(phones, placed)


def test_11_sends_a_reinvite_two_seconds_after_its_answer() -> None:
    phones = carrier()
    placed = call(phones, "+15005550111")
    phones.run(3.0)
    reinvite = next(seen for seen in phones.seen if seen.to == CALLER and seen.word == "INVITE")
    assert reinvite.at == pytest.approx(2.5)
    first = next(seen for seen in phones.seen if seen.word == "200")
    before, after = parse_sdp(first.message.body).origin, parse_sdp(reinvite.message.body).origin
    assert (after.session_id, after.version) == (before.session_id, before.version + 1)
    assert phones.words(SANDBOX, methods="INVITE")[-1] == (2.5, "200")
    assert not placed.over
    hang_up(phones, placed)


def test_12_answers_and_sends_no_packet() -> None:
    phones = carrier()
    placed = call(phones, "+15005550112")
    phones.run(60.0)
    assert placed.answered
    assert isinstance(source_of(phones), Nothing)
    hang_up(phones, placed)


def test_13_holds_its_caller_for_two_seconds() -> None:
    phones = carrier()
    placed = call(phones, "+15005550113")
    phones.run(3.0)
    held = [seen for seen in phones.seen if seen.to == SANDBOX and b"a=recvonly" in seen.data]
    assert [(seen.at, seen.word) for seen in held] == [(2.5, "200")]
    assert is_held(phones)
    phones.run(2.0)
    assert phones.words(SANDBOX, methods="INVITE")[-1] == (4.5, "200")
    assert not is_held(phones)
    assert [notice.what.value for notice in placed.notices][-3:] == ["answered", "held", "resumed"]
    hang_up(phones, placed)


def test_14_keys_in_what_its_user_has_in_mind() -> None:
    phones = carrier()
    phones.sandbox.keep_in_mind("123456")
    placed = call(phones, "+15005550114")
    phones.run(2.4)
    port = phones.sandbox_ports.opened[0]
    assert (placed.answered, port.digits) == (True, "")
    phones.run(0.2)
    assert port.digits == "123456"
    phones.run(2.0)
    assert port.digits == "123456", "once"
    phones.sandbox.keep_in_mind("#")
    phones.run(0.5)
    assert port.digits == "123456#", "in a call that waits for it as well"
    hang_up(phones, placed)


# ---- the PBX


def test_a_number_at_the_pbx_rings_for_a_second_and_echoes() -> None:
    phones = pbx()
    placed = call(phones, "+12025550100")
    phones.run(2.0)
    assert phones.words(CALLER) == [(0.0, "100"), (0.0, "180"), (1.0, "200")]
    assert isinstance(source_of(phones), Echo)
    hang_up(phones, placed)


@pytest.mark.parametrize(("user", "source"), [("echo", Echo), ("Tone", Play)])
def test_extensions_that_answer(user: str, source: type) -> None:
    phones = pbx()
    placed = call(phones, user)
    phones.run(1.0)
    assert isinstance(source_of(phones), source)
    hang_up(phones, placed)


def test_busy_and_unknown_extensions_refuse() -> None:
    phones = pbx()
    assert call(phones, "busy").status == 486
    assert call(phones, "cellar").status == 404
    phones.settle()


def test_noanswer_rings_for_sixty_seconds() -> None:
    phones = pbx()
    placed = call(phones, "noanswer")
    phones.run(61.0)
    assert phones.words(CALLER)[-1] == (60.0, "480")
    assert placed.outcome == "no-answer"
    phones.settle()


def test_redirect_sends_the_caller_to_the_echo() -> None:
    phones = pbx()
    placed = call(phones, "redirect")
    response = phones.seen[-2].message
    assert phones.seen[-2].word == "302"
    assert response.get("contact") == "<sip:echo@127.0.0.1:5090>"
    assert placed.status == 302
    phones.settle()


def test_refer_asks_the_peer_to_call_the_tone() -> None:
    phones = pbx()
    placed = call(phones, "refer")
    phones.run(3.0)
    refer = next(seen for seen in phones.seen if seen.word == "REFER")
    assert refer.at == pytest.approx(2.5)
    assert isinstance(refer.message, Request)
    assert refer.message.get("refer-to") == "<sip:+15005550101@127.0.0.1>"
    assert not placed.over
    hang_up(phones, placed)
