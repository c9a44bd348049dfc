"""Questions: what the bot asked a person last, and when, so that it can be answered in words."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
oldest_program = "0001"


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("question", sa.String(length=64), nullable=True))
    op.add_column("subscribers", sa.Column("question_at", sa.DateTime(timezone=True), nullable=True))
