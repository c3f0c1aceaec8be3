"""Nonces: who minted them, for how long, and each count once (design, decision 15; goals, row 7)."""

import pytest

from trunkline.kit.instant import Instant, later
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.nonce import CAPACITY, LIFE_S, WINDOW, NonceBook, parse_nc

NOW = Instant(1000.25)


def book(gateway: str = "192.0.2.1", key: bytes = b"k" * 32) -> NonceBook:
    return NonceBook(Secret(key), gateway)


def test_nonce_is_48_hex_digits_and_never_repeats() -> None:
    minted = book()
    nonces = [minted.mint(NOW, "192.0.2.9") for _ in range(1000)]
    assert len(set(nonces)) == 1000
    assert all(len(nonce) == 48 and int(nonce, 16) for nonce in nonces)


def test_nonce_lives_60_seconds() -> None:
    minted = book()
    nonce = minted.mint(NOW, "192.0.2.9")
    assert minted.is_fresh(nonce, NOW, "192.0.2.9")
    assert minted.is_fresh(nonce, later(NOW, LIFE_S - 0.002), "192.0.2.9")
    assert not minted.is_fresh(nonce, later(NOW, LIFE_S + 0.002), "192.0.2.9")


def test_nonce_from_the_future_is_not_ours() -> None:
    minted = book()
    assert not minted.is_fresh(minted.mint(later(NOW, 5), ""), NOW, "")


def test_nonce_is_bound_to_gateway_source_and_key() -> None:
    minted = book()
    nonce = minted.mint(NOW, "192.0.2.9")
    assert not minted.is_fresh(nonce, NOW, "192.0.2.10")
    assert not book(gateway="192.0.2.2").is_fresh(nonce, NOW, "192.0.2.9")
    assert not book(key=b"j" * 32).is_fresh(nonce, NOW, "192.0.2.9")


def test_every_changed_digit_is_seen() -> None:
    minted = book()
    nonce = minted.mint(NOW, "")
    for at, digit in enumerate(nonce):
        forged = nonce[:at] + ("0" if digit != "0" else "1") + nonce[at + 1 :]
        assert not minted.is_fresh(forged, NOW, "")


@pytest.mark.parametrize("nonce", ["", "zz", "\udce9" * 48, "0" * 48, "f" * 4096])
def test_junk_nonce_is_not_fresh(nonce: str) -> None:
    assert not book().is_fresh(nonce, NOW, "")


def test_count_is_admitted_once() -> None:
    minted = book()
    nonce = minted.mint(NOW, "")
    assert minted.admit(nonce, 1)
    assert not minted.admit(nonce, 1)
    assert minted.admit(nonce, 2)


def test_counts_may_overtake_within_64() -> None:
    minted = book()
    nonce = minted.mint(NOW, "")
    assert minted.admit(nonce, WINDOW + 10)
    assert minted.admit(nonce, 11)
    assert not minted.admit(nonce, 11)
    assert not minted.admit(nonce, 10)


def test_no_count_is_admitted_twice_in_any_order() -> None:
    minted = book()
    nonce = minted.mint(NOW, "")
    order = [(step * 37) % 101 + 1 for step in range(303)]
    admitted = [nc for nc in order if minted.admit(nonce, nc)]
    assert len(admitted) == len(set(admitted)) > 60


def test_a_great_jump_forgets_no_used_count() -> None:
    minted = book()
    nonce = minted.mint(NOW, "")
    assert minted.admit(nonce, 1)
    assert minted.admit(nonce, 2**32 - 1)
    assert not minted.admit(nonce, 1)
    assert not minted.admit(nonce, 2**32 - 1)


def test_table_is_bounded_and_a_forgotten_nonce_is_never_admitted_again() -> None:
    minted = book()
    nonces = [minted.mint(NOW, "") for _ in range(CAPACITY + 5)]
    assert all(minted.admit(nonce, 1) for nonce in nonces)
    assert len(minted) == CAPACITY
    assert not any(minted.admit(nonce, 1) for nonce in nonces)
    assert minted.admit(minted.mint(NOW, ""), 1)


def test_least_recently_used_nonce_goes_first() -> None:
    minted = book()
    kept = minted.mint(NOW, "")
    assert minted.admit(kept, 1)
    for at in range(CAPACITY + 5):
        assert minted.admit(minted.mint(NOW, ""), 1)
        if at % 1000 == 0:
            assert minted.admit(kept, 2 + at)
    assert minted.admit(kept, CAPACITY + 100)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("00000001", 1),
        ("0000000a", 10),
        ("FFFFFFFF", 2**32 - 1),
        ("1", 1),
        *((junk, 0) for junk in ("", "0x1", "+1", "1_0", "000000001", "0000000g", "٠٠٠٠٠٠٠١", "00000000")),
    ],
)
def test_count_is_hex_digits_only(text: str, count: int) -> None:
    assert parse_nc(text) == count
