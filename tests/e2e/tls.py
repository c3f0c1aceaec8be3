"""TLS of the peers: contexts of callers, and certificates of PBXs from an authority of their own."""

import ssl
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from trunkline.platform.sipnet.authority import Key, Signed, ecdsa_key, issue, new_authority, rsa_key

ANY = "ALL:@SECLEVEL=0"


def make_authority(directory: Path) -> Path:
    """The authority that signs PBXs' certificates; the file that the service is to trust."""
    directory.mkdir()
    made = new_authority("pbx.place.test", ecdsa_key(), datetime.now(UTC))
    (directory / "ca.key").write_bytes(made.key)
    (directory / "ca.pem").write_bytes(made.certificate)
    return directory / "ca.pem"


@cache
def _leaf_key() -> Key:
    """RSA: TLS 1.0 and 1.1 have no cipher of ours for any other. One for all, since it takes its time."""
    return rsa_key()


def caller_context(
    authority: Path,
    *,
    least: ssl.TLSVersion = ssl.TLSVersion.MINIMUM_SUPPORTED,
    most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    ciphers: str = ANY,
) -> ssl.SSLContext:
    """A caller that speaks anything OpenSSL can, unless told otherwise, and verifies the service."""
    context = ssl.create_default_context(cafile=authority)
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = least, most
    return context


def callee_context(
    authority: Path, names: list[str], *, most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> ssl.SSLContext:
    """A PBX with a certificate for `names`."""
    signer = Signed((authority / "ca.pem").read_bytes(), (authority / "ca.key").read_bytes())
    leaf = issue(signer, _leaf_key(), names, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ANY)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, most
    with tempfile.NamedTemporaryFile() as file:
        file.write(leaf.key + leaf.certificate)
        file.flush()
        context.load_cert_chain(file.name)
    return context
