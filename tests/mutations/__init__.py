"""Mutations: each breaks one promise of docs/guarantees.md, and the named test must then fail.

    python -m tests.mutations [ROW ...]

A mutation names a symbol (`module:Qualified.name`) and what takes its place. It is applied when Python starts, in the
test's process and in all processes that the test starts; the files stay as they are.

Each module holds those of one area, in the order of the rows.
"""

from __future__ import annotations

from tests.mutations import broadcasts, chat, editions, fleet, folder, network, process, sending
from tests.mutations.mutation import Mutation

_AREAS = (sending, process, folder, network, fleet, chat, editions, broadcasts)

MUTATIONS: list[Mutation] = [mutation for area in _AREAS for mutation in area.MUTATIONS]
