"""Which media addresses a peer may not name (sip.md 3.6, taken for media)."""

import pytest

from trunkline.protocol.sdp.media import connection_address, is_nobodys

STRANGER, LOCAL = "192.0.2.7", "127.0.0.1"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"])
def test_our_own_host_is_named_by_who_is_on_it_alone(address: str) -> None:
    assert is_nobodys(address, STRANGER)
    assert is_nobodys(address, "2001:db8::7")
    assert not is_nobodys(address, LOCAL)
    assert not is_nobodys(address, "::1")


@pytest.mark.parametrize(
    "address", ["224.0.0.1", "239.9.9.9", "255.255.255.255", "240.0.0.1", "0.0.0.1", "ff02::1", "::ffff:0.0.0.0"]
)
def test_groups_and_networks_are_nobodys(address: str) -> None:
    assert is_nobodys(address, STRANGER)
    assert is_nobodys(address, LOCAL)


@pytest.mark.parametrize(
    "address", ["192.0.2.7", "10.0.0.1", "223.255.255.1", "0.0.0.0", "::", "fd00::1", "2001:db8::1"]
)
def test_hold_and_addresses_behind_nat_are_taken(address: str) -> None:
    assert not is_nobodys(address, STRANGER)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("2001:db8::192.0.2.1", "2001:db8::c000:201"),
        ("::FFFF:192.0.2.1", "::ffff:192.0.2.1"),
        ("FF02::1/3", "ff02::1"),
    ],
)
def test_an_ipv6_address_has_one_spelling(written: str, read: str) -> None:
    """RFC 5952: a source is compared with it, and the unspecified one is hold, never this very host."""
    assert connection_address(f"c=IN IP6 {written}") == read
