"""The private authority: made once, names covered, re-issued in time, readable by its owner alone."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from trunkline.domain.trunk.edge.edges import LEGACY_IDS
from trunkline.platform.sipnet import certificates
from trunkline.platform.sipnet.authority import begins_at, ecdsa_key, ends_at, load_key, names_of
from trunkline.platform.sipnet.certificates import MOST_NAMES, HomeCertificates, names_to_cover
from trunkline.platform.sipnet.tls_context import CertificateFiles, client_context, server_context

DOMAIN = "trunks.test"
NOW = datetime(2026, 1, 10, tzinfo=UTC)
NAMES = [f"*.pstn.{DOMAIN}", "192.0.2.1"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HomeCertificates:
    """With quick keys in the place of RSA ones; the real ones are made once in the tests of the shell."""
    monkeypatch.setattr(certificates, "rsa_key", ecdsa_key)
    monkeypatch.setitem(certificates._LEAVES, "rsa", ecdsa_key)
    return HomeCertificates(tmp_path, DOMAIN)


def leaf(home: HomeCertificates) -> bytes:
    return home.files()[0].certificate.read_bytes()


def test_first_look_makes_authority_and_leaves_for_the_owner_alone(home: HomeCertificates, tmp_path: Path) -> None:
    assert home.ensure(NAMES, NOW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"ca.key": 0o600, "ca.pem": 0o644, "rsa.pem": 0o600, "ecdsa.pem": 0o600, "lock": 0o600}
    root = x509.load_pem_x509_certificate(home.authority_file.read_bytes())
    for files in home.files():
        x509.load_pem_x509_certificate(files.certificate.read_bytes()).verify_directly_issued_by(root)
        assert names_of(files.certificate.read_bytes()) == set(NAMES)


def test_second_look_changes_nothing(home: HomeCertificates) -> None:
    home.ensure(NAMES, NOW)
    before = leaf(home)
    assert not home.ensure(NAMES[:1], NOW + timedelta(days=59))
    assert leaf(home) == before


def test_a_new_name_is_signed_for_the_old_key_by_the_old_authority(home: HomeCertificates) -> None:
    home.ensure(NAMES, NOW)
    root, before = home.authority_file.read_bytes(), leaf(home)
    assert home.ensure([*NAMES, f"*.b.pstn.{DOMAIN}"], NOW)
    assert f"*.b.pstn.{DOMAIN}" in names_of(leaf(home))
    assert home.authority_file.read_bytes() == root
    key = b"-----END PRIVATE KEY-----"
    assert leaf(home).partition(key)[0] == before.partition(key)[0]


def test_a_certificate_near_its_end_is_replaced_with_a_new_key(home: HomeCertificates) -> None:
    """90 days long, 30 days ahead."""
    home.ensure(NAMES, NOW)
    before = leaf(home)
    assert ends_at(before) == NOW + timedelta(days=90)
    assert home.ensure(NAMES, NOW + timedelta(days=61))
    assert ends_at(leaf(home)) == NOW + timedelta(days=151)
    assert leaf(home).splitlines()[1] != before.splitlines()[1]


def test_both_certificates_stand_in_one_context(home: HomeCertificates) -> None:
    home.ensure(NAMES, NOW)
    for deprecated in (False, True):
        assert isinstance(server_context(home.files(), deprecated=deprecated), ssl.SSLContext)
    trusting = client_context(home.authority_file, verified=True, deprecated=False)
    assert [found["serialNumber"] for found in trusting.get_ca_certs()]


def test_a_broken_file_is_told_and_left_alone(home: HomeCertificates) -> None:
    home.ensure(NAMES, NOW)
    home.authority_file.write_text("nonsense")
    with pytest.raises(ValueError, match="PEM"):
        home.ensure([*NAMES, "another"], NOW)
    assert home.authority_file.read_text() == "nonsense"


def test_names_are_those_of_every_edge_and_each_parent_of_nested_trunks() -> None:
    """A wildcard is one label: `a.b.pstn.{PFX}` is not below `*.pstn.{PFX}` (sip.md 2.1, 2.2)."""
    nested = [f"{name}.b.pstn.{DOMAIN}" for name in ("a", "c")] + [f"x.y.z.pstn.{DOMAIN}"]
    names = names_to_cover(DOMAIN, ["dublin"], ["192.0.2.1"], nested)
    places = [place for pair in LEGACY_IDS.items() for place in pair]
    expected = {DOMAIN, f"*.pstn.{DOMAIN}", f"pstn.{DOMAIN}", "192.0.2.1"}
    expected |= {f"{one}pstn.{place}.{DOMAIN}" for place in places for one in ("", "*.")}
    for below in ("b", "y.z"):
        expected |= {f"*.{below}.pstn.{place}{DOMAIN}" for place in ("", "dublin.", "ie1.")}
    assert set(names) == expected
    assert len(names) == len(set(names))
    assert names[0] == DOMAIN


def test_names_are_bounded_by_what_peers_take() -> None:
    many = [f"a.b{number}.pstn.{DOMAIN}" for number in range(5_000)]
    assert len(names_to_cover(DOMAIN, [], [], many)) == MOST_NAMES


def test_a_certificate_of_the_future_is_made_again(home: HomeCertificates) -> None:
    """The clock was wrong when it was made, and every peer that verifies refuses it now (RFC 5280 section 4.1.2.5)."""
    home.ensure_authority(NOW)
    home.ensure(NAMES, NOW + timedelta(days=365))
    assert begins_at(leaf(home)) > NOW
    assert home.ensure(NAMES, NOW)
    assert begins_at(leaf(home)) < NOW < ends_at(leaf(home))
    assert not home.ensure(NAMES, NOW)


def _locked_key() -> bytes:
    locked = serialization.BestAvailableEncryption(b"word")
    return ecdsa_key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def test_a_key_with_a_password_is_unfit_and_asks_nobody_for_it(home: HomeCertificates, tmp_path: Path) -> None:
    """docs/settings.md: keys are PEM without a password; a gateway must neither end nor wait at a terminal for one."""
    with pytest.raises(ValueError, match="encrypted"):
        load_key(_locked_key())
    home.ensure(NAMES, NOW)
    (tmp_path / "locked.key").write_bytes(_locked_key())
    with pytest.raises(ssl.SSLError):
        server_context([CertificateFiles(home.files()[0].certificate, tmp_path / "locked.key")], deprecated=False)
