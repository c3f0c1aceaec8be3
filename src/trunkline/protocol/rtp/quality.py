"""How a call sounded: the E-model's rating R and the mean opinion score (ITU-T G.107, simplified).

All defaults of G.107 give R0 - Is = 93.2. The delay impairment is the piecewise line of Cole and Rosenbluth (2001)
for G.107's Idd; the loss impairment is G.107 (7-29) for random loss with G.711's Ie = 0 and, with the concealment of
its appendix I, Bpl = 25.1 (ITU-T G.113 appendix I).
"""

from typing import Final

BEST_RATING: Final = 93.2
BPL_G711_CONCEALED: Final = 25.1
_KNEE_MS: Final = 177.3


def rating(loss_ratio: float, jitter_ms: float, delay_ms: float) -> float:
    """R, 0 to 93.2, from the share of packets lost (0 to 1), interarrival jitter and one-way delay.

    A receiver is taken to buffer twice the jitter, which is delay too.
    """
    delay = delay_ms + 2 * jitter_ms
    delay_impairment = 0.024 * delay + (0.11 * (delay - _KNEE_MS) if delay > _KNEE_MS else 0.0)
    loss_percent = 100 * min(1.0, max(0.0, loss_ratio))
    loss_impairment = 95 * loss_percent / (loss_percent + BPL_G711_CONCEALED)
    return max(0.0, BEST_RATING - delay_impairment - loss_impairment)


def mean_opinion_score(rating: float) -> float:
    """MOS-CQE, 1 to 4.5, of a rating R (G.107 annex B)."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    # the cubic dips below 1 for R under 6.5
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)


def score(loss_ratio: float, jitter_ms: float, delay_ms: float) -> float:
    """The MOS of a stream, see `rating` for the arguments."""
    return mean_opinion_score(rating(loss_ratio, jitter_ms, delay_ms))
