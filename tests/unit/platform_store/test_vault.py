"""The vault: sealed for one place, under one key, never twice alike."""

from collections.abc import Callable

import pytest

from trunkline.kit.secret import Secret
from trunkline.platform.store.errors import Unsealable
from trunkline.platform.store.vault import Vault

KEY = Secret("one secret key of at least 32 characters")


def test_what_is_sealed_opens_at_its_place(vault: Vault) -> None:
    sealed = vault.seal(Secret("pâss"), "credential:1:ha1_md5")
    assert "pâss".encode() not in sealed
    assert vault.open(sealed, "credential:1:ha1_md5").reveal() == "pâss"


def test_a_value_sealed_twice_shows_no_likeness(vault: Vault) -> None:
    assert vault.seal(Secret("same"), "x") != vault.seal(Secret("same"), "x")


def test_a_sealed_value_copied_to_another_place_does_not_open(vault: Vault) -> None:
    with pytest.raises(Unsealable, match="b"):
        vault.open(vault.seal(Secret("secret"), "a"), "b")


@pytest.mark.parametrize(
    "spoil",
    [lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: s[:9], lambda s: b"", lambda s: b"\x02" + s[1:]],
    ids=["last bit", "cut", "empty", "format"],
)
def test_an_altered_value_does_not_open(vault: Vault, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unsealable):
        vault.open(spoil(vault.seal(Secret("secret"), "a")), "a")


def test_another_key_opens_nothing() -> None:
    sealed = Vault(KEY).seal(Secret("secret"), "a")
    with pytest.raises(Unsealable):
        Vault(Secret("another key of at least 32 characters")).open(sealed, "a")
    assert Vault(KEY).open(sealed, "a").reveal() == "secret"


def test_mac_keys_are_the_same_at_every_start_and_differ_by_purpose() -> None:
    assert Vault(KEY).mac_key("nonce") == Vault(KEY).mac_key("nonce")
    assert Vault(KEY).mac_key("nonce") != Vault(KEY).mac_key("cookie")
    assert len(Vault(KEY).mac_key("nonce").reveal()) == 32


def test_no_error_tells_the_secret(vault: Vault) -> None:
    with pytest.raises(Unsealable) as caught:
        vault.open(vault.seal(Secret("hunter2"), "a"), "b")
    assert "hunter2" not in repr(caught.value) + repr(vault)
