"""The failover hunt: rows 55-58, sip.md 2.6 and 4.3, decision 6."""

from dataclasses import replace

import pytest

from trunkline.domain.call.hunt import Exhausted, Hunt, HuntState, Locate, Next, Stop
from trunkline.domain.call.hunt_rule import CUSTOMER_RULE, HuntRule, carrier_rule
from trunkline.domain.call.release_cause import (
    CARRIER_NO_PROGRESS,
    CARRIER_SILENT,
    HUNT_EXPIRED,
    NO_ANSWER,
    NO_CARRIER_ROUTE,
    NO_ORIGINATION_URI,
    REDIRECT_FAILED,
    TARGET_SILENT,
    TARGET_UNREACHABLE,
    Party,
    ReleaseCause,
)
from trunkline.kit.instant import Instant

START = Instant(100.0)
CARRIER_RULE = carrier_rule()


def at(seconds: float) -> Instant:
    return Instant(100.0 + seconds)


def hunt(*targets: str, rule: HuntRule = CUSTOMER_RULE) -> Hunt[str, str]:
    return Hunt(targets, rule, START)


def waiting(*targets: str, rule: HuntRule = CUSTOMER_RULE, addresses: int = 1) -> Hunt[str, str]:
    """A hunt whose first target has got its INVITE."""
    found = hunt(*targets, rule=rule)
    found.start()
    found.located([f"a{n}" for n in range(1, addresses + 1)], START)
    return found


# sip.md 4.3, transcribed: these stop, and so does every 6xx; 503 stays within the target (decision 6).
STOPPERS = {400, 404, 405, 410, 416, 482, 484, 486}


@pytest.mark.parametrize("ringing", [False, True], ids=["silent", "ringing"])
def test_rows_56_57_58_every_final_code_of_a_customer(ringing: bool) -> None:
    for status in range(300, 700):
        assert_customer_verdict(status, ringing)


def assert_customer_verdict(status: int, ringing: bool) -> None:
    found = waiting("first", "second")
    if ringing:
        found.progressed(180)
    step = found.refused(status, "Because", at(1))
    if status in STOPPERS or status >= 600:
        assert isinstance(step, Stop)
        assert step.cause.name == f"callee_{status}"
        assert step.cause.error_code is None
        assert found.state is HuntState.OVER
    else:
        assert isinstance(step, Locate)
        assert (step.target, step.index) == ("second", 1)
        assert step.failed is not None
        assert (step.failed.name, step.failed.error_code) == (f"callee_{status}", 32011)  # row 60
        assert found.state is HuntState.LOCATING


# sip.md 2.6, transcribed: busy, decline and 6xx stop; 408 and 5xx move on; 403 by the carrier's list.
@pytest.mark.parametrize("listed", [False, True], ids=["plain", "403 listed"])
def test_every_final_code_of_a_carrier(listed: bool) -> None:
    for status in range(300, 700):
        assert_carrier_verdict(status, listed)


def assert_carrier_verdict(status: int, listed: bool) -> None:
    found = waiting("first", "second", rule=carrier_rule(move_on=frozenset({403}) if listed else frozenset()))
    step = found.refused(status, "Because", at(1))
    moves_on = status < 400 or status in {401, 407, 408} or 500 <= status <= 599 or (listed and status == 403)
    assert isinstance(step, Locate | Next | Stop)
    cause = step.cause if isinstance(step, Stop) else step.failed
    assert isinstance(step, Stop) is not moves_on
    assert cause is not None
    reputation = status in {607, 608}  # sip.md 3.5
    expected = ("caller_reputation", 32017) if reputation else (f"carrier_{status}", None)
    assert (cause.name, cause.party, cause.error_code) == (expected[0], Party.CARRIER, expected[1])


def test_row_55_silence_for_four_seconds_goes_to_the_next_uri() -> None:
    found = hunt("first", "second")
    assert found.start() == Locate("first", 0, None)
    assert found.located(["a"], at(0.5)) == Next("first", "a", at(4.5), None)
    assert found.silent(at(4.5)) == Locate("second", 1, TARGET_SILENT)
    assert found.located(["b"], at(4.6)) == Next("second", "b", at(8.6), None)
    assert found.silent(at(8.6)) == Exhausted(TARGET_SILENT)
    assert found.state is HuntState.OVER


@pytest.mark.parametrize("status", [100, 180, 181, 183, 199])
def test_row_55_any_provisional_stops_the_four_second_timer(status: int) -> None:
    found = waiting("first", "second")
    found.progressed(status)
    assert found.silent(at(4)) is None
    assert found.state is (HuntState.RINGING if 180 <= status <= 189 else HuntState.PROCEEDING)


def test_decision_6_each_address_of_a_uri_has_its_own_four_seconds_and_there_are_four_at_most() -> None:
    found = hunt("first", "second")
    found.start()
    assert found.located(["a", "b", "c", "d", "e"], START) == Next("first", "a", at(4), None)
    assert found.silent(at(4)) == Next("first", "b", at(8), TARGET_SILENT)
    assert found.silent(at(8)) == Next("first", "c", at(12), TARGET_SILENT)
    assert found.transport_failed(at(9)) == Next("first", "d", at(13), TARGET_UNREACHABLE)
    assert found.silent(at(13)) == Locate("second", 1, TARGET_SILENT)


def test_decision_6_503_moves_on_within_the_uri_and_other_failures_to_the_next() -> None:
    found = waiting("first", "second", addresses=3)
    step = found.refused(503, "Busy", at(1))
    assert isinstance(step, Next)
    assert (step.address, step.deadline) == ("a2", at(5))
    assert step.failed is not None
    assert step.failed.name == "callee_503"
    assert isinstance(found.refused(500, "Oops", at(2)), Locate)


@pytest.mark.parametrize("addresses", [1, 2])
def test_transport_failure_moves_on_at_once(addresses: int) -> None:
    found = waiting("first", "second", addresses=addresses)
    step = found.transport_failed(at(0.1))
    assert step == (
        Next("first", "a2", at(4.1), TARGET_UNREACHABLE) if addresses == 2 else Locate("second", 1, TARGET_UNREACHABLE)
    )


def test_dns_failure_moves_on_at_once() -> None:
    found = hunt("first", "second")
    found.start()
    assert found.located([], at(0.2)) == Locate("second", 1, TARGET_UNREACHABLE)
    assert found.located([], at(0.4)) == Exhausted(TARGET_UNREACHABLE)


@pytest.mark.parametrize("status", [180, 181, 182, 183, 189])
def test_decision_6_nobody_is_rung_twice(status: int) -> None:
    """After any 18x only a final failure moves on."""
    found = waiting("first", "second", addresses=2)
    found.progressed(status)
    assert found.silent(at(4)) is None
    assert found.transport_failed(at(5)) is None
    assert found.expire() is None
    found.progressed(100)
    assert found.state is HuntState.RINGING
    assert isinstance(found.refused(480, "Gone", at(20)), Locate)


def test_connection_lost_after_100_goes_to_the_next_uri() -> None:
    found = waiting("first", "second")
    found.progressed(100)
    assert found.transport_failed(at(5)) == Locate("second", 1, TARGET_UNREACHABLE)


def test_hunt_lasts_sixty_seconds() -> None:
    found = hunt(*(f"t{n}" for n in range(20)))
    found.start()
    deadlines: list[Instant] = []
    now = at(1)
    step: object = None
    while not isinstance(step, Exhausted):
        placed = found.located(["a"], now)
        assert isinstance(placed, Next)
        now = placed.deadline
        deadlines.append(now)
        step = found.silent(now)
    assert deadlines == [at(1 + 4 * n) for n in range(1, 15)] + [at(60)]
    assert step == Exhausted(TARGET_SILENT)


def test_hunt_found_over_while_locating_is_exhausted() -> None:
    found = hunt("first", "second")
    found.start()
    assert found.located(["a"], at(60)) == Exhausted(HUNT_EXPIRED)


def test_failure_after_the_limit_tries_nobody_else() -> None:
    found = waiting("first", "second")
    found.progressed(180)
    step = found.refused(480, "Gone", at(75))
    assert isinstance(step, Exhausted)
    assert step.cause.name == "callee_480"


@pytest.mark.parametrize(
    ("rule", "cause"), [(CUSTOMER_RULE, HUNT_EXPIRED), (CARRIER_RULE, CARRIER_NO_PROGRESS)], ids=["customer", "carrier"]
)
@pytest.mark.parametrize("state", [HuntState.LOCATING, HuntState.WAITING, HuntState.PROCEEDING])
def test_expiry_ends_a_hunt_that_does_not_ring(rule: HuntRule, cause: object, state: HuntState) -> None:
    """Row 43: towards a carrier the ending is 32016."""
    found = waiting("first", rule=rule) if state is not HuntState.LOCATING else hunt("first", rule=rule)
    if state is HuntState.LOCATING:
        found.start()
    if state is HuntState.PROCEEDING:
        found.progressed(100)
    assert found.state is state
    assert found.expires_at == at(60)
    assert found.expire() == Exhausted(cause)  # type: ignore[arg-type]  # typed loosely by the table
    assert found.state is HuntState.OVER


def test_no_answer_counts_as_408() -> None:
    found = waiting("first", "second")
    found.progressed(180)
    assert found.unanswered(at(30)) == Locate("second", 1, replace(NO_ANSWER, error_code=32011))  # row 60
    found.located(["b"], at(30))
    assert found.unanswered(at(31)) is None
    found.progressed(100)
    assert found.unanswered(at(50)) == Exhausted(replace(NO_ANSWER, error_code=32011))


def test_silent_carrier_has_the_carriers_cause() -> None:
    found = waiting("first", rule=CARRIER_RULE)
    assert found.silent(at(4)) == Exhausted(CARRIER_SILENT)


def test_last_failure_is_the_cause_of_an_exhausted_hunt() -> None:
    found = waiting("first", "second")
    found.refused(488, "No", at(1))
    found.located(["b"], at(1))
    step = found.refused(480, "Away", at(2))
    assert isinstance(step, Exhausted)
    assert (step.cause.name, step.cause.sip_status, step.cause.reason_phrase) == ("callee_480", 480, "Away")


def assert_deaf(found: Hunt[str, str], state: HuntState) -> None:
    assert found.located(["a"], at(1)) is None or state is HuntState.LOCATING
    assert found.silent(at(1)) is None
    assert found.transport_failed(at(1)) is None
    assert found.refused(486, "Busy", at(1)) is None
    assert found.unanswered(at(1)) is None
    found.progressed(180)
    assert found.state is state


def test_input_out_of_place_changes_nothing() -> None:
    idle = hunt("first")
    assert_deaf(idle, HuntState.IDLE)
    assert idle.expire() is None

    over = waiting("first")
    over.answered()
    assert_deaf(over, HuntState.OVER)
    assert over.expire() is None

    locating = hunt("first")
    locating.start()
    assert locating.silent(at(1)) is None
    assert locating.transport_failed(at(1)) is None
    assert locating.refused(486, "Busy", at(1)) is None
    locating.progressed(180)
    assert locating.state is HuntState.LOCATING

    placed = waiting("first")
    assert placed.located(["b"], at(1)) is None
    assert placed.state is HuntState.WAITING


def test_hunt_starts_once() -> None:
    found = waiting("first")
    with pytest.raises(ValueError, match="started"):
        found.start()


@pytest.mark.parametrize(
    ("rule", "cause"),
    [(CUSTOMER_RULE, NO_ORIGINATION_URI), (CARRIER_RULE, NO_CARRIER_ROUTE)],
    ids=["row 59", "carrier"],
)
def test_row_59_hunt_without_a_target_is_exhausted_at_once(rule: HuntRule, cause: ReleaseCause) -> None:
    found = hunt(rule=rule)
    assert found.start() == Exhausted(cause)
    assert found.state is HuntState.OVER


class Signpost:
    """Follows every Contact but "forbidden", to a target of that name; the address "inside" is not admitted."""

    def follow(self, contact: str, asked: str) -> str | None:
        return None if contact == "forbidden" else contact

    def admits(self, address: str, target: str) -> bool:
        return address != "inside"


def moving(*targets: str, limit_s: float = 60.0) -> Hunt[str, str]:
    """A hunt that follows redirects and whose first target, with two addresses, has got its INVITE."""
    found: Hunt[str, str] = Hunt(targets, CUSTOMER_RULE, START, limit_s, Signpost())
    found.start()
    found.located(["a1", "a2"], START)
    return found


def moved(*targets: str) -> Hunt[str, str]:
    """A hunt that has called the target of a redirect."""
    found = moving(*targets)
    assert found.refused(302, "", at(1), "elsewhere") == Locate("elsewhere", 1, None)
    assert found.located(["e"], at(2)) == Next("elsewhere", "e", at(6), None)
    return found


@pytest.mark.parametrize("ringing", [False, True])
def test_row_64_first_302_is_followed(ringing: bool) -> None:
    """The addresses that are left of the target that redirected count no more."""
    found = moving("first", "second")
    if ringing:
        found.progressed(180)
    assert found.refused(302, "", at(1), "elsewhere") == Locate("elsewhere", 1, None)
    assert found.located(["e"], at(2)) == Next("elsewhere", "e", at(6), None)
    found.progressed(180)
    found.answered()
    assert found.state is HuntState.OVER


def test_row_64_second_302_ends_the_hunt() -> None:
    found = moved("first", "second")
    assert found.refused(302, "", at(3), "third place") == Stop(REDIRECT_FAILED)
    assert found.state is HuntState.OVER


def test_row_64_one_redirect_per_call_whoever_asks_for_it() -> None:
    found = moved("first", "second")
    assert found.silent(at(6)) == Locate("second", 2, TARGET_SILENT)
    found.located(["b"], at(6))
    assert found.refused(302, "", at(7), "third place") == Stop(REDIRECT_FAILED)


def test_rows_55_and_58_other_failures_of_the_redirects_target_move_on() -> None:
    assert moved("first", "second").silent(at(6)) == Locate("second", 2, TARGET_SILENT)
    step = moved("first", "second").refused(480, "", at(3))
    assert isinstance(step, Locate)
    assert step.target == "second"
    assert isinstance(moved("first", "second").refused(486, "", at(3)), Stop)
    assert isinstance(moved("first").silent(at(6)), Exhausted)


@pytest.mark.parametrize("status", [300, 301, 305, 380])
def test_row_58_other_3xx_are_not_followed(status: int) -> None:
    step = moving("first", "second").refused(status, "", at(1), "elsewhere")
    assert isinstance(step, Locate)
    assert step.target == "second"


def test_row_66_forbidden_target_ends_the_hunt() -> None:
    found = moving("first", "second")
    assert found.refused(302, "", at(1), "forbidden") == Stop(REDIRECT_FAILED)
    assert found.state is HuntState.OVER


def test_row_66_target_that_leads_to_forbidden_addresses_ends_the_hunt() -> None:
    found = moving("first", "second")
    found.refused(302, "", at(1), "elsewhere")
    assert found.located(["inside"], at(2)) == Stop(REDIRECT_FAILED)
    assert found.state is HuntState.OVER


def test_row_66_forbidden_addresses_are_left_out_for_the_redirects_target_alone() -> None:
    found = moving("first", "second")
    found.refused(302, "", at(1), "elsewhere")
    assert found.located(["inside", "e"], at(2)) == Next("elsewhere", "e", at(6), None)
    assert found.silent(at(6)) == Locate("second", 2, TARGET_SILENT)
    assert found.located(["inside"], at(7)) == Next("second", "inside", at(11), None)


def test_redirect_to_a_name_without_address_goes_to_the_next_target() -> None:
    found = moving("first", "second")
    found.refused(302, "", at(1), "elsewhere")
    assert found.located([], at(2)) == Locate("second", 2, TARGET_UNREACHABLE)


def test_redirect_after_the_hunts_time_is_not_followed() -> None:
    found = moving("first", "second", limit_s=5.0)
    found.progressed(180)
    assert found.expire() is None
    assert found.refused(302, "", at(9), "elsewhere") == Exhausted(HUNT_EXPIRED)
