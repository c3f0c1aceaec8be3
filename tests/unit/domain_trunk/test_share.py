"""A gateway's part of limits: decision 7."""

import pytest

from trunkline.domain.trunk.share import WHOLE, Rate, Share


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5, 7, 100, 101])
@pytest.mark.parametrize("gateways", [1, 2, 3, 4])
def test_the_shares_of_all_gateways_add_up_to_the_limit(limit: int, gateways: int) -> None:
    """Decision 7: without a shared count each gateway enforces its part."""
    shares = [Share(place, gateways) for place in range(gateways)]
    assert sum(share.calls(limit) for share in shares) == limit
    rates = [share.rate(limit) for share in shares]
    assert sum(rate.calls / rate.seconds for rate in rates) == pytest.approx(limit)
    assert all(rate.calls for rate in rates) == (limit > 0)


def test_whole_is_everything() -> None:
    assert (WHOLE.calls(7), WHOLE.rate(7)) == (7, Rate(7, 1.0))
