"""The credentials of one trunk, under the vault until they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import final

from sqlalchemy import Row

from trunkline.domain.trunk.facts import Credential
from trunkline.platform.store.vault import Vault, ha1_context


@final
class SealedCredentials(Mapping[str, Credential]):
    """The credentials of a trunk, opened one by one when they are asked for: a list may hold a thousand."""

    __slots__ = ("_open", "_sealed", "_vault")

    def __init__(self, vault: Vault, rows: Sequence[Row[str, str, bytes, bytes]]) -> None:
        """Of two rows with one user name the later one counts."""
        self._vault = vault
        self._sealed = {username: (sid, md5, sha256) for username, sid, md5, sha256 in rows}
        self._open: dict[str, Credential] = {}

    def __getitem__(self, username: str) -> Credential:
        opened = self._open.get(username)
        if opened is None:
            sid, md5, sha256 = self._sealed[username]
            opened = Credential(
                username,
                self._vault.open(md5, ha1_context(sid, "md5")),
                self._vault.open(sha256, ha1_context(sid, "sha256")),
            )
            self._open[username] = opened
        return opened

    def __iter__(self) -> Iterator[str]:
        return iter(self._sealed)

    def __len__(self) -> int:
        return len(self._sealed)
