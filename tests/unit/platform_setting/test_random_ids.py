"""Identifiers: shapes of RFC 3261, no repetition, uniform numbers."""

import re
from collections import Counter

from trunkline.kit.ids import IdSource
from trunkline.platform.setting.random_ids import RandomIds


def test_shapes() -> None:
    ids: IdSource = RandomIds("192.0.2.1")
    assert re.fullmatch(r"z9hG4bK[0-9a-f]{20}", ids.branch())  # RFC 3261 section 8.1.1.7
    assert re.fullmatch(r"[0-9a-f]{16}", ids.tag())  # section 19.3: at least 32 bits
    assert re.fullmatch(r"[0-9a-f]{32}@192\.0\.2\.1", ids.call_id())
    assert re.fullmatch(r"CA[0-9a-f]{32}", ids.sid("CA"))
    assert re.fullmatch(r"[0-9a-f]{32}", ids.token())
    assert "@" not in RandomIds().call_id()


def test_nothing_repeats_over_many_blocks() -> None:
    ids = RandomIds()
    assert len({ids.tag() for _ in range(20_000)}) == 20_000
    assert RandomIds().token() != RandomIds().token()


def test_numbers_are_uniform_below_their_bound() -> None:
    ids = RandomIds()
    seen = Counter(ids.number(10) for _ in range(20_000))
    assert set(seen) == set(range(10))
    # Five standard deviations of 20,000 draws with p = 0.1.
    assert all(abs(times - 2000) < 5 * 42.5 for times in seen.values())
    assert {ids.number(1) for _ in range(10)} == {0}
