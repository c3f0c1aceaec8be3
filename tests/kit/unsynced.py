"""A store of a test: its SQLite file is written, but not waited for until it is on the disk."""

from sqlalchemy import event

from trunkline.platform.store.engine import Store


def unsynced(store: Store) -> Store:
    """What a test stores need not outlive the machine; waiting for the disk takes longer than most tests."""
    if store.dialect == "sqlite":

        @event.listens_for(store.engine.sync_engine, "connect")
        def _relax(connection: object, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    return store
