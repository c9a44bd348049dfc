"""A statement built with SQLAlchemy in, the same run thousands of times a second out.

Core's work per row (names to positions, bind processors) costs as much as SQLite's own: here it is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Dialect
from sqlalchemy.sql.dml import UpdateBase

from storage.database import Tx


class Lean:
    """A statement whose parameters are given as tuples, in the order in which `names` lists the bind parameters.

    Values go to the driver as they are: an instant must be passed through `moment` first.
    """

    def __init__(self, statement: UpdateBase, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, tuple[str, tuple[int, ...]]] = {}

    async def run(self, tx: Tx, rows: Sequence[tuple[Any, ...]]) -> CursorResult[Any]:
        """Run the statement once for each row of parameters; the result's `rowcount` is that of all together."""
        sql, order = self._compiled.get(tx.dialect.name) or self._compile(tx.dialect)
        return await tx.exec_driver_sql(sql, [tuple([row[at] for at in order]) for row in rows])

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[int, ...]]:
        compiled = self._statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        fixed = {name: bind.value for name, bind in compiled.binds.items() if name not in self._names}
        if fixed:
            raise ValueError(f"every value must be a named parameter or a literal: {fixed}")
        order = tuple(self._names.index(name) for name in compiled.positiontup or ())
        self._compiled[dialect.name] = str(compiled), order
        return self._compiled[dialect.name]


def moment(tx: Tx, column_type: Any, value: Any) -> Any:
    """A value as the driver takes it for a column of this type."""
    processor = column_type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
    return value if processor is None or value is None else processor(value)
