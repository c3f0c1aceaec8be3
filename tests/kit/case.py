"""One case of a table that a single test goes through: its name stands under whatever fails in it."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(name: object) -> Iterator[None]:
    """A test of its own for each case would cost more than many a table's work."""
    try:
        yield
    except Exception as failure:
        failure.add_note(f"in the case {name}")
        raise
