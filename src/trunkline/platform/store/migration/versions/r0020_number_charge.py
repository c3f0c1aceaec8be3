"""From when on a bought number's months are to be charged."""

from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from alembic import op

revision = "r0020"
down_revision = "r0019"
branch_labels = None
depends_on = None

_CHARGE = sa.table("charge", sa.column("source", sa.String), sa.column("day", sa.Date))
_NUMBER = sa.table(
    "phone_number",
    sa.column("sid", sa.String),
    sa.column("account_sid", sa.String),
    sa.column("date_created", sa.DateTime(timezone=True)),
    sa.column("charge_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.add_column("phone_number", sa.Column("charge_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_phone_number_charge_at_sid", "phone_number", ["charge_at", "sid"])
    sold = _NUMBER.c.account_sid.is_not(None)
    op.execute(sa.update(_NUMBER).where(sold).values(charge_at=_NUMBER.c.date_created))
    _skip_what_is_paid()


def _skip_what_is_paid() -> None:
    """A number's charge was named by its SID and the day on which the month began."""
    connection = op.get_bind()
    number = sa.func.substr(_CHARGE.c.source, 1, 34)
    last = sa.select(number, sa.func.max(_CHARGE.c.day)).where(_CHARGE.c.source.like("PN%")).group_by(number)
    paid = [(sid, datetime.combine(day, time(), UTC) + timedelta(days=1)) for sid, day in connection.execute(last)]
    after = sa.bindparam("after", type_=sa.DateTime(timezone=True))
    later = sa.update(_NUMBER).where(_NUMBER.c.sid == sa.bindparam("number"), _NUMBER.c.charge_at < after)
    if paid:
        connection.execute(later.values(charge_at=after), [{"number": sid, "after": moment} for sid, moment in paid])


def downgrade() -> None:
    op.drop_index("ix_phone_number_charge_at_sid", "phone_number")
    op.drop_column("phone_number", "charge_at")
