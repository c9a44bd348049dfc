"""Print how many generated digests are read as a person reads them, and where the others go wrong."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from itertools import islice

from tests.digest.generated.combine import GeneratedDigest, generate, generate_many
from tests.digest.generated.judge import find_file_differences
from tests.digest.written import (
    FOLDER,
    HELD_OUT,
    KINDS,
    MEASURED,
    MORE_STRUCTURES,
    ONCE_BLIND,
    STRUCTURES,
    TRIAL,
    TRIAL_HELD_OUT,
    load_written,
)

GROUPED_BY = ("language", "form", "section", "body", "front", "before", "commentary", "after", "leftover")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.digest.generated", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many digests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true", help="the combinations that no weight is fitted on")
    parser.add_argument("--all", action="store_true", help="fitting and held-out combinations together")
    parser.add_argument("--failed", type=int, default=0, metavar="N", help="list N digests that are read wrongly")
    parser.add_argument("--written", action="store_true", help="the digests written by hand instead")
    parser.add_argument("--show", type=int, metavar="SEED", help="print one digest, its truth and its reading")
    arguments = parser.parse_args()
    if arguments.show is not None:
        _print(_shown(generate(arguments.show)))
        return
    if arguments.written:
        _report_written()
        return
    held_out = None if arguments.all else arguments.held_out
    digests = islice(generate_many(arguments.seed, held_out=held_out), arguments.count)
    _report(
        [(digest, find_file_differences(digest.source.encode(), digest.truth)) for digest in digests], arguments.failed
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _shown(digest: GeneratedDigest) -> str:
    differences = find_file_differences(digest.source.encode(), digest.truth)
    labels = ", ".join(f"{key}: {value}" for key, value in digest.labels.items())
    parts = [labels, digest.source, digest.truth.describe(), "\n".join(differences) or "right"]
    return f"\n{'=' * 100}\n".join(parts)


def _report(judged: list[tuple[GeneratedDigest, list[str]]], listed: int) -> None:
    for key in GROUPED_BY:
        groups: dict[str, list[bool]] = defaultdict(list)
        for digest, differences in judged:
            for name in set(digest.labels[key].split(" / ")):
                groups[name].append(not differences)
        _print(f"\nby {key}")
        for name, right in sorted(groups.items(), key=lambda group: sum(group[1]) / len(group[1])):
            _print(f"  {sum(right) / len(right):6.1%} of {len(right):4}  {name}")
    wrong = Counter(digest.combination.name for digest, differences in judged if differences)
    _print("\nworst combinations")
    for name, times in wrong.most_common(12):
        _print(f"  {times:3} wrong  {name}")
    for digest, differences in [pair for pair in judged if pair[1]][:listed]:
        _print(f"\n--show {digest.seed}  {digest.combination.name}\n  " + "\n  ".join(differences[:4]))
    right_count = sum(not differences for _, differences in judged)
    _print(f"\n{right_count} of {len(judged)} right: {right_count / len(judged):.1%}")


def _report_written() -> None:
    """Print the differences of the digests that are fitted on, and of the held-out ones no more than their share."""
    for digest in (*load_written(KINDS), *load_written(TRIAL)):
        differences = find_file_differences(digest.data, digest.truth)
        if differences:
            _print(f"{digest.name}\n  " + "\n  ".join(differences[:4]))
    for folder in (KINDS, TRIAL, TRIAL_HELD_OUT, STRUCTURES, MORE_STRUCTURES, HELD_OUT, ONCE_BLIND, MEASURED):
        right = [not find_file_differences(digest.data, digest.truth) for digest in load_written(folder)]
        _print(f"{folder.relative_to(FOLDER)}: {sum(right)} of {len(right)} right")


if __name__ == "__main__":
    main()
