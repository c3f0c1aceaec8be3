"""ITU-T G.107: anchors of the E-model."""

import pytest

from trunkline.protocol.rtp.quality import BEST_RATING, mean_opinion_score, rating, score


@pytest.mark.parametrize(
    ("value", "mos"),
    [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1.0), (-5, 1.0), (100, 4.5)],
)
def test_mos_of_the_anchors_of_annex_b(value: float, mos: float) -> None:
    """G.107 table B.1 and the default rating."""
    assert mean_opinion_score(value) == pytest.approx(mos, abs=0.006)


def test_a_perfect_call_has_the_default_rating() -> None:
    assert rating(0, 0, 0) == BEST_RATING
    assert score(0, 0, 0) == pytest.approx(4.41, abs=0.001)


def test_loss_impairs_as_g107_7_29_says() -> None:
    """Ie-eff = 95 * 1 / (1 + 25.1) at one percent, 95 / 2 at Bpl percent."""
    assert BEST_RATING - rating(0.01, 0, 0) == pytest.approx(3.640, abs=0.001)
    assert BEST_RATING - rating(0.251, 0, 0) == pytest.approx(47.5)


def test_delay_impairs_more_above_177_ms() -> None:
    assert BEST_RATING - rating(0, 0, 100) == pytest.approx(2.4)
    assert BEST_RATING - rating(0, 0, 277.3) == pytest.approx(0.024 * 277.3 + 11)
    assert rating(0, 50, 0) == rating(0, 0, 100)


def test_the_scale_is_never_left() -> None:
    assert score(1, 1000, 5000) == 1.0
    assert score(7, 0, 0) >= 1.0
    assert mean_opinion_score(3) == 1.0
