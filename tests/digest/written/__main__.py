"""Report how digests written by hand are read: `python -m tests.digest.written [SET…] [--faults]`.

digests of known truth -> differences -> digests with a fault in each component, per set and in total

"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from tests.digest.generated.judge import find_file_differences
from tests.digest.written import SETS, load_written

COMPONENTS = (
    ("items", ("no item", "missing item", "read as")),
    ("headlines", ("headline",)),
    ("links", ("link",)),
    ("sections", ("section",)),
    ("title", ("title",)),
    ("introduction", ("introduction",)),
    ("commentary", ("commentary",)),
    ("trailing", ("trailing", "left out")),
    ("bodies", ("item",)),
)
"""The parts of a reading, and how the differences in them begin; the first that fits counts."""


def component_of(difference: str) -> str:
    """Return the part of a reading that a difference is in."""
    position, _, problem = difference.partition(": ")
    begun = problem if position.startswith("item ") and " lacks " not in position else difference
    return next(name for name, beginnings in COMPONENTS if begun.startswith(beginnings))


def report(names: Sequence[str], *, with_faults: bool) -> str:
    """Return a table of the sets, with the digests that have a fault in each component."""
    columns = [name for name, _ in COMPONENTS]
    lines = [f"{'':18}{'right':>10}" + "".join(f"{name:>13}" for name in columns)]
    total: Counter[str] = Counter()
    for name in names:
        count, faults = Counter[str](), []
        for digest in load_written(SETS[name]):
            differences = find_file_differences(digest.data, digest.truth)
            count.update({component_of(difference) for difference in differences})
            count.update({"all": 1, "right": not differences})
            if differences and with_faults:
                faults += [f"  {digest.name}", *(f"      {difference}" for difference in differences)]
        total += count
        lines += [_row(name, count, columns), *faults]
    return "\n".join([*lines, _row("total", total, columns)]) + "\n"


def _row(name: str, count: Counter[str], columns: Sequence[str]) -> str:
    share = f"{count['right']}/{count['all']}"
    return f"{name:18}{share:>10}" + "".join(f"{count[column]:>13}" for column in columns)


if __name__ == "__main__":
    chosen = [argument for argument in sys.argv[1:] if argument in SETS] or list(SETS)
    sys.stdout.write(report(chosen, with_faults="--faults" in sys.argv))
