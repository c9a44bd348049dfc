"""Run the planted faults: `python -m tests.mutations [ROW ...]`."""

from __future__ import annotations

import sys

from tests.mutations import MUTATIONS
from tests.mutations.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, "tests.mutations"))
