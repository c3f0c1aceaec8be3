"""Whether SQLite's change feed holds anything new, seen without a thread or a session: an idle reader costs nothing.

A look takes some ten microseconds on the caller's thread; through the engine it took milliseconds.
"""

import sqlite3
from typing import Final, final
from urllib.parse import quote

_NEWEST: Final = "SELECT max(id) FROM change"


@final
class Glance:
    """One connection of its own that only reads. It never waits: what it cannot see it says nothing about."""

    __slots__ = ("_connection", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def shows_nothing_after(self, last: int) -> bool:
        """True when it is certain that no change follows the id `last`."""
        try:
            if self._connection is None:
                where = f"file:{quote(self._path)}?mode=ro"
                self._connection = sqlite3.connect(where, uri=True, timeout=0, isolation_level=None)
            (newest,) = self._connection.execute(_NEWEST).fetchone()
        except sqlite3.Error:
            self.close()
            return False
        return (newest or 0) <= last

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
