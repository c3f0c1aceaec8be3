"""What alembic runs: the migrations, on the connection that `store.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from trunkline.platform.store.column import Money, UtcDateTime
from trunkline.platform.store.table import Row


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations name what is stored, so that a later change of our types does not rewrite history."""
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
