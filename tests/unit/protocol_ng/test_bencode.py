"""Bencode: what goes in comes out, and what is wrong is MalformedNg and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.protocol.ng.bencode import MAX_DEPTH, BValue, decode, decode_dict, encode
from trunkline.protocol.ng.errors import MalformedNg

VALUES = st.recursive(
    st.integers(-(10**18), 10**18) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_the_documented_ping_is_encoded_octet_for_octet() -> None:
    assert encode({"command": "ping"}) == b"d7:command4:pinge"


def test_every_type_has_its_mark_and_keys_keep_their_order() -> None:
    assert encode({"b": [1, -2, "x"], "a": b"\xff"}) == b"d1:bli1ei-2e1:xe1:a1:\xffe"


@given(VALUES)
def test_decode_undoes_encode(value: BValue) -> None:
    assert decode(encode(value)) == value  # type: ignore[arg-type]  # lists are invariant; the values are the same


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"d",
        b"l",
        b"i",
        b"ie",
        b"i-e",
        b"i1",
        b"i+1e",
        b"i 1e",
        b"i1_0e",
        b"i123456789012345678901234567890e",
        b"5:abc",
        b"-1:a",
        b"9999999:a",
        b"1",
        b"x",
        b"d1:ae",
        b"di1ei2ee",
        b"4:pinge",
        "٣:abc".encode(),
        b"l" * (MAX_DEPTH + 1) + b"e" * (MAX_DEPTH + 1),
        b"l" * 60000,
    ],
)
def test_bad_input_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedNg):
        decode(data)


@given(st.binary(max_size=60))
def test_random_octets_raise_nothing_else(data: bytes) -> None:
    try:
        decode(data)
    except MalformedNg:
        return


@given(VALUES, st.data())
def test_a_changed_octet_raises_nothing_else(value: BValue, data: st.DataObject) -> None:
    raw = bytearray(encode(value))  # type: ignore[arg-type]  # as above
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(raw))
    except MalformedNg:
        return


def test_only_a_dictionary_is_a_message() -> None:
    with pytest.raises(MalformedNg, match="dictionary"):
        decode_dict(b"li1ee")
