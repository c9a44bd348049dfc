"""The rule for migrations: expand first, and contract a release later, when no program uses it any more.

So two neighbouring releases can run on one database, and processes be upgraded one after the other.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from storage.migrate import LATEST_REVISION, MIGRATIONS, OLDEST_PROGRAM

CONTRACTING = re.compile(
    r"drop_(table|column|constraint)|alter_column|rename_table|create_(unique|check)_constraint|create_foreign_key"
    r"|unique=True|DROP|RENAME|ALTER|TRUNCATE|DELETE"
)
"""What takes something away from a program that does not know the migration, or asks something new of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration as the rule sees it."""

    revision: str
    oldest_program: str | None
    source: str = ""

    @property
    def is_contracting(self) -> bool:
        """Whether it takes away what an older program may use; the tables that it creates are nobody's yet."""
        created = re.findall(r'op\.create_table\(\s*"(\w+)"', self.source)
        source = re.sub(r"op\.create_table\(.*?\n    \)\n", "", self.source, flags=re.DOTALL)
        changes = [line for line in source.splitlines() if not any(re.search(rf"\b{name}\b", line) for name in created)]
        return any(
            CONTRACTING.search(line) or ("nullable=False" in line and "server_default" not in line) for line in changes
        )


def find_breaches(steps: list[Step]) -> list[str]:
    """Return what is wrong with a chain of migrations, the first of which makes everything."""
    breaches = []
    for before, step in itertools.pairwise(steps):
        oldest = step.oldest_program
        if oldest is None:
            breaches.append(f"{step.revision} does not say its oldest program")
        elif oldest < (before.oldest_program or ""):
            breaches.append(f"{step.revision} supports a program that {before.revision} does not")
        elif oldest > before.revision:
            breaches.append(f"{step.revision} leaves out the release before it")
        elif step.is_contracting and oldest == before.oldest_program:
            breaches.append(f"{step.revision} takes something away and still supports {oldest}")
    return breaches


def steps() -> list[Step]:
    scripts = reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))
    return [
        Step(script.revision, getattr(script.module, "oldest_program", None), Path(script.path).read_text())
        for script in scripts
    ]


def test_migrations_of_this_program_keep_the_rule() -> None:
    chain = steps()
    assert chain[0].oldest_program == chain[0].revision
    assert find_breaches(chain) == []
    assert (chain[-1].revision, chain[-1].oldest_program) == (LATEST_REVISION, OLDEST_PROGRAM)


FIRST = Step("0001", "0001")
EXPANDING = Step("0002", "0001", 'op.add_column("bots", sa.Column("motto", sa.Text(), nullable=True))')
DROPPING = 'op.drop_column("bots", "motto")'


@pytest.mark.parametrize(
    ("steps", "breach"),
    [
        ([FIRST, EXPANDING], None),
        ([FIRST, EXPANDING, Step("0003", "0002", DROPPING)], None),
        ([FIRST, Step("0002", "0001", 'op.create_table(\n        "a", nullable=False\n    )\n')], None),
        ([FIRST, Step("0002", "0001", 'op.create_table(\n        "a"\n    )\nALTER TABLE a ADD b')], None),
        ([FIRST, Step("0002", "0001", 'op.create_table(\n        "a"\n    )\nALTER TABLE kv')], "0002 takes something"),
        ([FIRST, Step("0002", None)], "0002 does not say its oldest program"),
        ([FIRST, Step("0002", "0002", DROPPING)], "0002 leaves out the release before it"),
        ([FIRST, Step("0002", "0001", DROPPING)], "0002 takes something away and still supports 0001"),
        ([FIRST, Step("0002", "0001", 'op.execute("DROP TABLE kv")')], "0002 takes something away and still"),
        ([FIRST, Step("0002", "0001", 'batch_op.alter_column("name")')], "0002 takes something away and still"),
        ([FIRST, Step("0002", "0001", 'sa.Column("a", sa.Text(), nullable=False)')], "0002 takes something away"),
        ([FIRST, Step("0002", "0001", 'sa.Column("a", sa.Text(), server_default="", nullable=False)')], None),
        ([FIRST, Step("0002", "0001", 'op.create_index("a", "kv", ["value"], unique=True)')], "0002 takes something"),
        ([Step("0002", "0002"), Step("0003", "0001")], "0003 supports a program that 0002 does not"),
    ],
)
def test_breaches_of_the_rule_are_found(steps: list[Step], breach: str | None) -> None:
    found = find_breaches(steps)
    assert len(found) == (breach is not None)
    assert all(text.startswith(breach or "") for text in found)
