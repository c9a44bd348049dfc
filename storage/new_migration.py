"""Write a migration with the differences between the schema and the existing migrations.

python -m storage.new_migration "what it does"
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from storage.migrate import MIGRATIONS, configure


def write(message: str) -> Path:
    """Return the new file, which needs reading, and to say how old a program may be that runs on its schema.

    `LATEST_REVISION` and `OLDEST_PROGRAM` in storage/migrate.py must follow it.
    """
    number = f"{len(list((MIGRATIONS / 'versions').glob('*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.db")
        with engine.begin() as connection:
            config = configure(connection)
            command.upgrade(config, "head")
            script = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    path = Path(script.path)  # type: ignore[union-attr] # one revision was asked for, so one came
    path.write_text(_plain(path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def _plain(source: str) -> str:
    """Return the source with plain types: a migration must not change when the program's own types do."""
    source = source.replace("storage.column_types.UTCDateTime(timezone=True)", "sa.DateTime(timezone=True)")
    return re.sub(r"^ *# ### .*\n", "", source, flags=re.MULTILINE)


if __name__ == "__main__":
    sys.stdout.write(f"{write(' '.join(sys.argv[1:]) or 'Change the schema')}\n")
