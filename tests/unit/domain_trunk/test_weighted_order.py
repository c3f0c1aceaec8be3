"""Shares by weight: row 53, sip.md 4.2."""

from collections import Counter
from random import Random

import pytest

from trunkline.domain.trunk.weighted_order import weighted_order

SHARES = [("a", 60), ("b", 20), ("c", 20)]


def test_row_53_shares_follow_the_weights() -> None:
    draw = Random(20260301).randrange
    firsts = Counter(weighted_order(SHARES, draw)[0] for _ in range(20_000))
    # Standard deviations are 69 and 57 calls; the bounds are more than five of them.
    assert abs(firsts["a"] - 12_000) < 360
    assert abs(firsts["b"] - 4_000) < 290
    assert abs(firsts["c"] - 4_000) < 290


def test_row_53_share_of_a_failed_uri_is_spread_in_proportion() -> None:
    """60/20/20 with the first one down is 50/50."""
    draw = Random(20260302).randrange
    orders = [weighted_order(SHARES, draw) for _ in range(20_000)]
    living = Counter(next(entry for entry in order if entry != "a") for order in orders)
    assert abs(living["b"] - 10_000) < 360
    assert living["b"] + living["c"] == 20_000


@pytest.mark.parametrize(("mark", "first"), [(0, "a"), (59, "a"), (60, "b"), (79, "b"), (80, "c"), (99, "c")])
def test_each_mark_falls_into_one_share(mark: int, first: str) -> None:
    bounds: list[int] = []

    def draw(below: int) -> int:
        bounds.append(below)
        return mark if len(bounds) == 1 else 0

    order = weighted_order(SHARES, draw)
    assert order[0] == first
    assert sorted(order) == ["a", "b", "c"]
    weights = dict(SHARES)
    assert bounds == [100, 100 - weights[first], weights[order[2]]]


def test_weight_zero_comes_last_as_given() -> None:
    draw = Random(1).randrange
    for _ in range(50):
        assert weighted_order([("y", 0), ("a", 1), ("z", 0)], draw) == ["a", "y", "z"]
    assert weighted_order([("y", 0), ("z", 0)], draw) == ["y", "z"]


def test_nothing_is_drawn_from_nothing() -> None:
    assert weighted_order([], Random(1).randrange) == []


def test_draw_beyond_its_bound_is_a_defect() -> None:
    with pytest.raises(ValueError, match="not below"):
        weighted_order(SHARES, lambda below: below)
