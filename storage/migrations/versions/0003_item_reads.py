"""Reads: how often items were opened by a button."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
oldest_program = "0001"


def upgrade() -> None:
    op.create_table(
        "item_reads",
        sa.Column("bot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_item_reads_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "date", "slot", "key", name=op.f("pk_item_reads")),
    )
