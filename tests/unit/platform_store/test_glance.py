"""Nothing new is said only when it is certain; design, decision 18."""

from pathlib import Path

from tests.unit.platform_store import rows
from trunkline.platform.store.engine import Store
from trunkline.platform.store.glance import Glance


async def test_it_sees_what_another_connection_has_committed(sqlite_store: Store) -> None:
    glance = Glance(str(sqlite_store.engine.url.database))
    assert glance.shows_nothing_after(0)
    async with sqlite_store.writing() as session:
        session.add(rows.account(1))
        await session.flush()
        assert glance.shows_nothing_after(0)
        await session.commit()
    assert not glance.shows_nothing_after(0)
    assert glance.shows_nothing_after(1)
    glance.close()


def test_a_database_that_cannot_be_read_is_no_certainty(tmp_path: Path) -> None:
    glance = Glance(str(tmp_path / "none 100%.db"))
    assert not glance.shows_nothing_after(0)
    (tmp_path / "none 100%.db").write_bytes(b"no database, but longer than the header of one would have to be" * 4)
    assert not glance.shows_nothing_after(0)
    glance.close()
