"""The vocabulary of endings against sip.md section 10, RFC 3398 and its own documentation."""

import re
from pathlib import Path

import pytest

from tests.kit.case import case
from trunkline.domain.call import release_cause as rc
from trunkline.domain.call.error_text import ERROR_TEXTS, WARNING_TEXTS
from trunkline.domain.call.release_cause import CAUSES, CallStatus, Party, ReleaseCause, from_response

DOCUMENT = Path(__file__).parents[3] / "docs" / "release-causes.md"

# Transcribed from sip.md section 10 (and 4.3, 6.8, 7.3, 8, 9 where the table points there), not from the code:
# name, allowed SIP statuses, error code.
SECTION_10 = [
    ("acl_denied", {403}, 32201),  # row 22
    ("credentials_rejected", {403}, 32202),  # row 24
    ("trunk_not_permitted", {403}, 32200),  # row 21
    ("account_not_active", {603}, 10001),  # row 15
    ("not_e164", {400}, 32101),  # row 30
    ("callee_not_verified", {400}, 32100),  # row 34
    ("caller_id_not_verified", {403}, 32204),  # row 32
    ("caller_id_malformed", {403}, 32206),  # row 32
    ("caller_id_do_not_originate", {403}, 32206),  # row 32
    ("destination_blocked", {403}, 32203),  # row 36
    ("country_not_allowed", {403}, 32205),  # row 35
    ("no_common_codec", {415}, None),  # row 82
    ("sdp_invalid", {400, 488}, 32102),  # row 44
    ("sdp_missing", {400, 488}, 32103),  # row 44
    ("contact_unusable", {400}, 32105),
    ("secure_transport_required", {488}, 32209),  # row 72
    ("secure_media_required", {488}, 32208),  # row 73
    ("secure_media_refused", {488}, 32207),
    ("too_many_hops", {483}, 32006),  # row 29
    ("register_refused", {405, 403}, 32210),  # row 26
    ("trunk_cps_exceeded", {503}, 32001),  # row 38
    ("pool_cps_exceeded", {503}, 32012),  # row 39
    ("concurrency_exceeded", {503}, 10004),  # row 41
    ("carrier_silent", {480, 504}, 32016),  # row 43
    ("carrier_no_progress", {480, 504}, 32016),  # row 43
    ("ack_missing", {200}, 32022),  # row 42
    ("redirect_failed", {480, 503}, 32219),  # row 66
    ("transfer_refused", {403}, 32218),  # row 98
    ("transfer_disabled", {603}, 32218),  # row 98
    ("no_origination_uri", {480, 503}, 32010),  # row 59
    ("target_silent", {480, 503}, 32011),  # row 60
    ("target_unreachable", {480, 503}, 32011),  # row 60
    ("no_answer", {408}, None),  # 4.3
    ("media_silent", {200}, 32014),  # row 92
    ("max_duration", {200}, 32015),  # row 91
    ("tls_version_too_low", {403}, 32222),  # row 75
    ("caller_reputation", {403}, 32017),  # 3.5
    ("carrier_full", {503}, 10004),  # design, decision 7
    ("number_unknown", {404}, None),  # design, section 7
]

# Transcribed from the table of RFC 3398 section 8.2.6.1.
RFC_3398 = """
400 41|401 21|402 21|403 21|404 1|405 63|406 79|407 21|408 102|410 22|413 127|414 127|415 79|416 127|420 127|421 127
423 127|480 18|481 41|482 25|483 25|484 28|485 1|486 17|500 41|501 79|502 38|503 41|504 102|505 127|513 127|600 17
603 21|604 1
"""
RFC_3398_ROWS = [(int(a), int(b)) for a, b in (row.split() for row in re.split(r"[|\n]", RFC_3398.strip()))]


@pytest.mark.parametrize(("name", "statuses", "code"), SECTION_10, ids=[row[0] for row in SECTION_10])
def test_row_45_every_refusal_of_section_10_has_its_status_and_code(
    name: str, statuses: set[int], code: int | None
) -> None:
    cause = CAUSES[name]
    assert cause.sip_status in statuses
    assert cause.error_code == code


def test_row_45_twilio_error_header_is_code_and_text() -> None:
    assert rc.twilio_error_header(rc.ACL_DENIED) == "32201 Source IP address not in ACL"
    assert rc.twilio_error_header(rc.SECURE_TRANSPORT_REQUIRED) == "32209 Secure SIP transport required"
    assert rc.twilio_error_header(rc.CALLER_CANCELLED) is None


def test_every_error_code_has_a_text_and_every_text_a_cause() -> None:
    used = {cause.error_code for cause in CAUSES.values()} - {None}
    assert used == set(ERROR_TEXTS)


def test_every_constant_of_the_module_is_listed_once() -> None:
    constants = [value for value in vars(rc).values() if isinstance(value, ReleaseCause)]
    assert len(constants) == len(CAUSES) == len({cause.name for cause in constants})
    assert set(constants) == set(CAUSES.values())


def test_every_cause_is_well_formed() -> None:
    for cause in CAUSES.values():
        with case(cause):
            assert_well_formed(cause)


def assert_well_formed(cause: ReleaseCause) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", cause.name)
    assert cause.sip_status == 200 or 400 <= cause.sip_status <= 699
    assert 1 <= cause.q850 <= 127
    assert cause.reason_phrase.isascii()
    assert "\r" not in cause.reason_phrase
    assert "\n" not in cause.reason_phrase
    assert rc.error_text(cause)


@pytest.mark.parametrize(("status", "q850"), RFC_3398_ROWS)
def test_far_end_answers_map_to_q850_as_rfc_3398(status: int, q850: int) -> None:
    assert from_response(status, "x", Party.CARRIER).q850 == q850
    assert rc.q850_of(status) == q850


@pytest.mark.parametrize(
    ("status", "q850"), [(487, 31), (488, 65), (606, 65), (499, 41), (599, 41), (699, 17), (302, 127), (380, 127)]
)
def test_answers_that_rfc_3398_leaves_open_map_by_class(status: int, q850: int) -> None:
    assert rc.q850_of(status) == q850


@pytest.mark.parametrize("party", list(Party))
def test_any_final_answer_becomes_a_cause(party: Party) -> None:
    reputation = {607, 608} if party is Party.CARRIER else set()  # sip.md 3.5
    for status in set(range(300, 700)) - reputation:
        assert_cause_of_answer(status, party)
    for status in reputation:
        cause = from_response(status, "Unwanted", party)
        assert (cause.name, cause.sip_status, cause.error_code) == ("caller_reputation", status, 32017)


def assert_cause_of_answer(status: int, party: Party) -> None:
    cause = from_response(status, "Reason", party)
    assert cause.name == f"{party.value}_{status}"
    assert cause.party is party
    assert cause.error_code is None
    # A challenge or a redirect is never relayed; everything else is passed on as it came.
    if status in (401, 407):
        assert (cause.sip_status, cause.reason_phrase) == (403, "Forbidden")
    elif status < 400:
        assert (cause.sip_status, cause.reason_phrase) == (502, "Bad Gateway")
    else:
        assert (cause.sip_status, cause.reason_phrase) == (status, "Reason")


@pytest.mark.parametrize("status", [100, 180, 200, 299, 700, 0, -1])
def test_other_statuses_are_no_failure(status: int) -> None:
    with pytest.raises(ValueError, match="not a final failure"):
        from_response(status, "x", Party.CALLEE)


def test_record_status_of_an_unanswered_call_follows_the_final_answer() -> None:
    told = {
        **dict.fromkeys((486, 600, 603), CallStatus.BUSY),
        **dict.fromkeys((408, 480, 487), CallStatus.NO_ANSWER),
    }
    for status in range(300, 700):
        with case(status):
            found = rc.call_status(from_response(status, "x", Party.CALLEE), answered=False)
            assert found is told.get(status, CallStatus.FAILED)


def test_record_status_of_an_answered_call_is_completed() -> None:
    for cause in (*CAUSES.values(), from_response(486, "Busy Here", Party.CALLEE)):
        with case(cause):
            assert rc.call_status(cause, answered=True) is CallStatus.COMPLETED


def test_record_status_of_our_own_endings() -> None:
    statuses = {cause.name: rc.call_status(cause, answered=False) for cause in CAUSES.values()}
    assert statuses["caller_cancelled"] is CallStatus.CANCELLED
    assert statuses["api_hung_up"] is CallStatus.CANCELLED
    assert statuses["no_answer"] is CallStatus.NO_ANSWER
    assert {statuses[name] for name, found, _ in SECTION_10 if found & {403, 400, 415, 488, 503, 603}} == {
        CallStatus.FAILED
    }


def test_reason_header_carries_the_q850_cause() -> None:
    """RFC 3326 section 2."""
    assert rc.reason_header(rc.CALLEE_HUNG_UP) == "Q.850;cause=16"


def documented_row(cause: ReleaseCause) -> str:
    code = "-" if cause.error_code is None else str(cause.error_code)
    return (
        f"| `{cause.name}` | {cause.sip_status} {cause.reason_phrase} | {cause.q850} | {code} | {cause.party.value} | "
        f"{cause.status.value} |"
    )


def test_every_cause_is_documented_as_it_is() -> None:
    document = DOCUMENT.read_text("utf-8")
    for cause in CAUSES.values():
        with case(cause):
            assert documented_row(cause) in document


def test_no_cause_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9_]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE))
    assert documented == set(CAUSES)


def test_every_warning_is_documented_and_has_a_text() -> None:
    documented = re.findall(r"^\| (\d{5}) \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert [int(code) for code in documented] == sorted(WARNING_TEXTS)
    assert not set(WARNING_TEXTS) & set(ERROR_TEXTS)
