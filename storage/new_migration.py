"""Write a migration with the differences between the schema and the existing migrations.

python -m storage.new_migration "what it does"
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from alembic import command
from sqlalchemy import DefaultClause, create_engine
from sqlalchemy.sql.elements import False_, True_

from storage.column_types import UTCDateTime
from storage.migrate import MIGRATIONS, configure


def write(message: str, folder: Path = MIGRATIONS) -> Path:
    """Return the new file, which needs reading, and to say how old a program may be that runs on its schema.

    `LATEST_REVISION` and `OLDEST_PROGRAM` in storage/migrate.py must follow it.
    """
    number = f"{len(list((folder / 'versions').glob('*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as database_folder:
        engine = create_engine(f"sqlite:///{database_folder}/empty.db")
        with engine.begin() as connection:
            config = configure(connection, folder)
            config.attributes["render_item"] = render_portably
            command.upgrade(config, "head")
            script = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    path = Path(script.path)  # type: ignore[union-attr] # one revision was asked for, so one came
    path.write_text(_without_remarks(path.read_text(encoding="utf-8")), encoding="utf-8")
    _format(path)
    return path


def render_portably(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Return the Python of a type or default that Alembic would write for one database only, or False.

    A migration must not change when the program's own types do, and SQLite's booleans are numbers to PostgreSQL.
    """
    match kind, item:
        case "type", UTCDateTime():
            return "sa.DateTime(timezone=True)"
        case "server_default", DefaultClause(arg=True_()):
            return "sa.true()"
        case "server_default", DefaultClause(arg=False_()):
            return "sa.false()"
        case _:
            return False


def _without_remarks(source: str) -> str:
    return re.sub(r"^ *# ### .*\n", "", source, flags=re.MULTILINE)


def _format(path: Path) -> None:
    for arguments in (("check", "--fix"), ("format",)):
        subprocess.run(  # noqa: S603 - a tool of this environment, on the file just written
            [sys.executable, "-m", "ruff", *arguments, "--quiet", str(path)], check=True
        )


if __name__ == "__main__":
    sys.stdout.write(f"{write(' '.join(sys.argv[1:]) or 'Change the schema')}\n")
