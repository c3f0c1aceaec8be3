"""Design, decision 9: refusals before a call is anybody's are bounded alerts."""

from trunkline.kit.ids import TrunkSid
from trunkline.kit.instant import Instant
from trunkline.service.gateway.record.alert_budget import MOST, WINDOW_S, AlertBudget

TRUNK, OTHER = TrunkSid("TK1"), TrunkSid("TK2")


def test_ten_alerts_of_one_code_a_minute() -> None:
    budget = AlertBudget()
    asked = [budget.admits(TRUNK, 32202, Instant(100.0 + step)) for step in range(MOST + 5)]
    assert asked == [True] * MOST + [False] * 5
    assert not budget.admits(TRUNK, 32202, Instant(100.0 + WINDOW_S - 0.001))
    assert budget.admits(TRUNK, 32202, Instant(100.0 + WINDOW_S))


def test_codes_and_trunks_have_budgets_of_their_own() -> None:
    budget = AlertBudget()
    for _ in range(MOST):
        budget.admits(TRUNK, 32202, Instant(0.0))
    assert not budget.admits(TRUNK, 32202, Instant(1.0))
    assert budget.admits(TRUNK, 32201, Instant(1.0))
    assert budget.admits(OTHER, 32202, Instant(1.0))


def test_the_table_is_bounded_and_the_least_recent_goes() -> None:
    budget = AlertBudget(capacity=2)
    for _ in range(MOST):
        budget.admits(TRUNK, 1, Instant(0.0))
    budget.admits(TRUNK, 2, Instant(0.0))
    assert not budget.admits(TRUNK, 1, Instant(0.0))
    budget.admits(TRUNK, 3, Instant(0.0))
    assert len(budget) == 2
    assert not budget.admits(TRUNK, 1, Instant(0.0))
    assert budget.admits(TRUNK, 2, Instant(0.0))
