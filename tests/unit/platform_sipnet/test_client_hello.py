"""Reading a ClientHello: OpenSSL's own, every way to cut it, and octets that are none (goals 13)."""

import ssl
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from trunkline.platform.sipnet.client_hello import (
    MOST,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3,
    ClientHello,
    HelloReader,
    NotClientHello,
    read_client_hello,
)

VERSIONS = {
    TLS_1_2: ssl.TLSVersion.TLSv1_2,
    TLS_1_3: ssl.TLSVersion.TLSv1_3,
}


def openssl_hello(name: str | None = "demo.pstn.example.org", best: int = TLS_1_3) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.maximum_version = VERSIONS[best]
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def hello(version: int, extensions: bytes | None = b"") -> bytes:
    """A ClientHello written out by RFC 5246 section 7.4.1.2, in one record."""
    body = version.to_bytes(2) + bytes(32) + b"\0" + b"\0\2\0\x2f" + b"\1\0"
    if extensions is not None:
        body += len(extensions).to_bytes(2) + extensions
    message = b"\1" + len(body).to_bytes(3) + body
    return b"\x16\3\1" + len(message).to_bytes(2) + message


def extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2) + len(body).to_bytes(2) + body


def versions(*offered: int) -> bytes:
    listed = b"".join(one.to_bytes(2) for one in offered)
    return extension(43, len(listed).to_bytes(1) + listed)


def server_name(name: bytes, kind: int = 0) -> bytes:
    entry = kind.to_bytes(1) + len(name).to_bytes(2) + name
    return extension(0, len(entry).to_bytes(2) + entry)


@pytest.mark.parametrize("best", list(VERSIONS))
def test_hello_of_openssl_names_server_and_version(best: int) -> None:
    assert read_client_hello(openssl_hello(best=best)) == ClientHello("demo.pstn.example.org", best)


def test_hello_without_a_name_has_none() -> None:
    assert read_client_hello(openssl_hello(name=None)) == ClientHello("", TLS_1_3)


def test_hello_is_wanted_until_its_last_octet() -> None:
    whole = openssl_hello()
    for cut in range(len(whole)):
        assert read_client_hello(whole[:cut]) is None
    assert read_client_hello(whole + b"more") is not None


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_hello_may_be_spread_over_records(pieces: int) -> None:
    """RFC 8446 section 5.1."""
    message = openssl_hello()[5:]
    parts = [message[at : at + pieces] for at in range(0, len(message), pieces)]
    octets = b"".join(b"\x16\3\1" + len(part).to_bytes(2) + part for part in parts)
    assert read_client_hello(octets) == ClientHello("demo.pstn.example.org", TLS_1_3)
    assert read_client_hello(octets[:-1]) is None


class Looked(bytearray):
    """Counts how often somebody looks into it."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1
        return super().__getitem__(place)


def test_hello_in_crumbs_is_walked_once() -> None:
    """Goals 13: one octet a record and one record's octet at a time; walking all each time would cost seconds."""
    message = openssl_hello()[5:]
    reader, came, found = HelloReader(), Looked(), None
    for octet in b"".join(b"\x16\3\1\0\1" + bytes([one]) for one in message):
        assert found is None
        came.append(octet)
        found = reader.read(came)
    assert found == ClientHello("demo.pstn.example.org", TLS_1_3)
    assert came.looks < 4 * len(came)


@pytest.mark.parametrize(
    ("octets", "best"),
    [
        (hello(TLS_1_0, None), TLS_1_0),
        (hello(TLS_1_1), TLS_1_1),
        (hello(TLS_1_2), TLS_1_2),
        (hello(TLS_1_2, versions(TLS_1_3, TLS_1_2)), TLS_1_3),
        (hello(TLS_1_2, versions(TLS_1_1, TLS_1_0)), TLS_1_1),
        (hello(TLS_1_2, versions(0x7A7A, TLS_1_2)), TLS_1_2),
        (hello(TLS_1_2, versions(0x0305)), 0),
        (hello(0x0300), 0),
    ],
)
def test_version_is_the_newest_that_exists(octets: bytes, best: int) -> None:
    """RFC 8446 section 4.2.1; RFC 8701 for values that mean nothing."""
    assert read_client_hello(octets) == ClientHello("", best)


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (server_name(b"Demo.PSTN.example.org."), "demo.pstn.example.org"),
        (server_name(b"other", kind=1), ""),
        (extension(0, b""), ""),
        (server_name(b"\xff"), "\N{REPLACEMENT CHARACTER}"),
        (extension(9, b"abc") + server_name(b"pbx"), "pbx"),
    ],
)
def test_name_is_lower_case_and_may_be_missing(octets: bytes, name: str) -> None:
    assert read_client_hello(hello(TLS_1_2, octets)) == ClientHello(name, TLS_1_2)


@pytest.mark.parametrize(
    "octets",
    [
        b"INVITE sip:x SIP/2.0\r\n",
        b"G",
        b"\x15\3\1\0\2\2\50",
        b"\x16\2\0\0\5hello",
        b"\x16\3\1\0\0",
        b"\x16\3\1\xff\xff" + bytes(10),
        b"\x16\3\1\0\4\2\0\0\0",
        b"\x16\3\1\0\4\1\xff\xff\xff",
        b"\x16\3\1\0\1\1" * (MOST // 6 + 1),
        hello(TLS_1_2, b"\0\0\0\x09\0"),
        hello(TLS_1_2, versions()[:-1] + b"\x05"),
    ],
)
def test_anything_else_is_no_hello(octets: bytes) -> None:
    with pytest.raises(NotClientHello):
        read_client_hello(octets)


@given(st.binary(max_size=300))
def test_no_octets_surprise_the_reader(octets: bytes) -> None:
    for prefix in (b"", b"\x16\3\1\0\xff", b"\x16\3\1\0\x60\1\0\0\x50\3\3" + bytes(32)):
        try:
            found = read_client_hello(prefix + octets)
        except NotClientHello:
            continue
        assert found is None or found.best_version <= TLS_1_3


@settings(max_examples=runs(200))
@given(st.data())
def test_a_damaged_hello_surprises_nobody(data: st.DataObject) -> None:
    whole = bytearray(hello(TLS_1_2, server_name(b"demo.pstn.example.org") + versions(TLS_1_3, TLS_1_2)))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_client_hello(bytes(whole))
    except NotClientHello:
        return
    assert found is None or found.best_version in {0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3}
