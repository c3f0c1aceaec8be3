"""The private certificate authority of a host: made once, signs the certificates that its gateways show.

It exists so that TLS works from the first start; whoever has certificates of a public authority sets those instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_LIFE: Final = timedelta(days=3650)
_LEAF_LIFE: Final = timedelta(days=90)
_BACKDATED: Final = timedelta(hours=1)
"""Clocks of peers run late."""
_RSA_BITS: Final = 2048

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate with its key, both PEM."""

    certificate: bytes
    key: bytes


def rsa_key() -> Key:
    return rsa.generate_private_key(65537, _RSA_BITS)


def ecdsa_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(domain: str, key: Key, now: datetime) -> Signed:
    """A root for certificates of the platform `domain`, good for ten years."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trunkline"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Private CA of {domain}"[:64]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _builder(name, name, key, now, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _signed(certificate, key)


def issue(authority: Signed, key: Key, names: Sequence[str], now: datetime) -> Signed:
    """A certificate over DNS names and IP addresses, the first being its common name, good for 90 days."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    signer = load_key(authority.key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _builder(subject, issuer.subject, key, now, min(_LEAF_LIFE, issuer.not_valid_after_utc - now))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(ours, critical=False)
        .sign(signer, hashes.SHA256())
    )
    return _signed(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed(certificate: x509.Certificate, key: Key) -> Signed:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Signed(certificate.public_bytes(serialization.Encoding.PEM), pem)


def load_key(pem: bytes) -> Key:
    """Of files that we made ourselves: an RSA key is not proved again, which takes a tenth of a second.

    Raises ValueError for anything but an RSA or elliptic-curve key without a password.
    """
    try:
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:  # it wants a password
        raise ValueError(str(error)) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("neither an RSA nor an elliptic-curve key")
    return key


def names_of(certificate: bytes) -> frozenset[str]:
    """The DNS names and addresses that a PEM certificate is good for. Raises ValueError."""
    extensions = x509.load_pem_x509_certificate(certificate).extensions
    try:
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = found.get_values_for_type(x509.IPAddress)
    return frozenset(found.get_values_for_type(x509.DNSName)) | {str(address) for address in addresses}


def begins_at(certificate: bytes) -> datetime:
    """When the first certificate of a PEM text comes to hold. Raises ValueError."""
    return x509.load_pem_x509_certificate(certificate).not_valid_before_utc


def ends_at(certificate: bytes) -> datetime:
    """When the first certificate of a PEM text runs out. Raises ValueError."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc
