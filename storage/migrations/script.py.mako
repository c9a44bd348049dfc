"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
oldest_program = None  # the newest migration that a program must know: see docs/decisions/0083


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
