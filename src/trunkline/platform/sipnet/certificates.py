"""The certificates of a home: the private authority and what it has signed, in `TRUNKLINE_HOME/tls/`.

Gateways of one host share them; each change is made under a lock, and each file is put in its place whole.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, final

from trunkline.domain.trunk.edge.edges import LEGACY_IDS
from trunkline.platform.sipnet.authority import (
    Key,
    Signed,
    begins_at,
    ecdsa_key,
    ends_at,
    issue,
    load_key,
    names_of,
    new_authority,
    rsa_key,
)
from trunkline.platform.sipnet.tls_context import CertificateFiles

RENEW_BEFORE: Final = timedelta(days=30)
MOST_NAMES: Final = 1_000
"""Peers refuse a handshake beyond about 100 kB."""

_LEAVES: Final[dict[str, Callable[[], Key]]] = {"rsa": rsa_key, "ecdsa": ecdsa_key}


def names_to_cover(domain: str, edges: Iterable[str], hosts: Sequence[str], nested: Sequence[str]) -> list[str]:
    """The names of a gateway's certificate; `nested` are trunk domains of more than one label below `pstn`.

    A wildcard stands for one label, so that `a.b.pstn.{PFX}` needs `*.b.pstn.{PFX}`, once for all below `b`; in its
    localised form for our own `edges` alone, since the others' gateways have certificates of their own.
    """
    places = ("", *(f"{place}." for pair in LEGACY_IDS.items() for place in pair))
    names = [domain, *(f"{any_of}pstn.{place}{domain}" for any_of in ("*.", "") for place in places), *hosts]
    ours = ("", *(f"{place}." for edge in edges for place in (edge, LEGACY_IDS[edge])))
    for one in sorted(nested):
        below = one.removesuffix(f".pstn.{domain}").partition(".")[2]
        names += [f"*.{below}.pstn.{place}{domain}" for place in ours]
    return list(dict.fromkeys(names))[:MOST_NAMES]


@final
class HomeCertificates:
    """Reads and makes the files; blocks, and may take a tenth of a second the first time."""

    def __init__(self, directory: Path, domain: str) -> None:
        self._directory = directory
        self._domain = domain

    @property
    def authority_file(self) -> Path:
        """What peers are to trust, PEM."""
        return self._directory / "ca.pem"

    def files(self) -> tuple[CertificateFiles, ...]:
        """An RSA and an ECDSA certificate, each for the peers that can do no other."""
        return tuple(CertificateFiles(path, path) for path in map(self._leaf, _LEAVES))

    def _leaf(self, kind: str) -> Path:
        """Key and certificate in one file: they change together."""
        return self._directory / f"{kind}.pem"

    def ensure(self, names: Sequence[str], now: datetime) -> bool:
        """Make what is missing, lacks one of `names` or runs out within 30 days; whether anything was made.

        Raises OSError, and ValueError for files that somebody has broken.
        """
        with self._locked():
            authority = self._authority(now)
            made = [self._ensure_leaf(kind, authority, names, now) for kind in _LEAVES]
        return any(made)

    def ensure_authority(self, now: datetime) -> Path:
        """The authority alone."""
        with self._locked():
            self._authority(now)
        return self.authority_file

    def _authority(self, now: datetime) -> Signed:
        key_file = self._directory / "ca.key"
        if not self.authority_file.exists():
            made = new_authority(self._domain, rsa_key(), now)
            _put(key_file, made.key, 0o600)
            _put(self.authority_file, made.certificate, 0o644)
        return Signed(self.authority_file.read_bytes(), key_file.read_bytes())

    def _ensure_leaf(self, kind: str, authority: Signed, names: Sequence[str], now: datetime) -> bool:
        path = self._leaf(kind)
        held = path.read_bytes() if path.exists() else None
        # One of the future was made by a clock that was wrong, and nobody takes it now.
        due = held is None or ends_at(held) - now < RENEW_BEFORE or begins_at(held) > now
        if not due and held is not None and names_of(held).issuperset(names):
            return False
        key = _LEAVES[kind]() if due or held is None else load_key(held)
        signed = issue(authority, key, names, now)
        _put(path, signed.key + signed.certificate, 0o600)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _put(path: Path, octets: bytes, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
