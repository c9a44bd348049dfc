"""Digests written by hand, each with its truth in a file beside it, and how they are loaded.

`kinds/` holds variations of known faults, a folder for each kind, `files/` of those that real files showed;
`held-out/` is read by no one who fits weights.
`trial/` and `archives/` hold forms of newsletters and of archives in two parts, of which one is held out, too.
`STRUCTURES` and `MORE_STRUCTURES` may be fitted on, and `ONCE_BLIND`, whose faults were looked at on 28 November 2026;
the faults of `ODD_STRUCTURES` and `REAL_STRUCTURES` may be looked at, and the words of their sections be fitted on;
`MEASURED` and `MEASURED_REAL` only measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.digest.generated.truth import COMMENTARY, INTRO, LEFT_OUT, TRAILING, Placed, TrueItem, Truth

FOLDER = Path(__file__).parent
KINDS = FOLDER / "kinds"
FILES = FOLDER / "files"
HELD_OUT = FOLDER / "held-out"
TRIAL = FOLDER / "trial" / "looked-at"
TRIAL_HELD_OUT = FOLDER / "trial" / "held-out"
ARCHIVES = FOLDER / "archives" / "looked-at"
ARCHIVES_HELD_OUT = FOLDER / "archives" / "held-out"
ARCHIVES_UNSEEN = FOLDER / "archives" / "unseen"
STRUCTURES = FOLDER / "archives" / "structures"
MORE_STRUCTURES = FOLDER / "archives" / "structures-2"
ODD_STRUCTURES = FOLDER / "archives" / "structures-3"
REAL_STRUCTURES = FOLDER / "archives" / "structures-4"
MEASURED = FOLDER / "archives" / "measured"
MEASURED_REAL = FOLDER / "archives" / "measured-2"
ONCE_BLIND = FOLDER / "archives" / "once-blind"
SETS = {
    "kinds": KINDS,
    "files": FILES,
    "held-out": HELD_OUT,
    "trial": TRIAL,
    "trial held-out": TRIAL_HELD_OUT,
    "looked-at": ARCHIVES,
    "archives held-out": ARCHIVES_HELD_OUT,
    "unseen": ARCHIVES_UNSEEN,
    "structures": STRUCTURES,
    "structures-2": MORE_STRUCTURES,
    "structures-3": ODD_STRUCTURES,
    "structures-4": REAL_STRUCTURES,
    "once-blind": ONCE_BLIND,
}
"""The folders of digests by the names that reports use."""

_PLACES = {"introduction": INTRO, "commentary": COMMENTARY, "trailing": TRAILING, "left out": LEFT_OUT}


@dataclass(frozen=True, slots=True)
class WrittenDigest:
    """A digest's file and its truth."""

    path: Path
    truth: Truth

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()


def load_written(folder: Path) -> Iterator[WrittenDigest]:
    """Load all digests below a folder, in the order of their names."""
    for path in sorted(folder.rglob("*.truth.yaml")):
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield WrittenDigest(path.with_name(path.name.replace(".truth.yaml", ".md")), _read_truth(fields))


def _read_truth(fields: dict[str, object]) -> Truth:
    items = fields["items"]
    assert isinstance(items, list)
    placed = [Placed(words, (place,)) for key, place in _PLACES.items() for words in _as_tuple(fields.get(key))]
    either = fields.get("either", [])
    assert isinstance(either, list)
    placed += [Placed(each["words"], _as_tuple(each["places"])) for each in either]
    titles = _as_tuple(fields.get("title"))
    return Truth(
        items=tuple(_read_item(item) for item in items),
        placed=tuple(placed),
        title=next(iter(titles), ""),
        other_titles=titles[1:],
        possible=_as_tuple(fields.get("possible")),
    )


def _read_item(item: dict[str, object]) -> TrueItem:
    return TrueItem(
        headlines=_as_tuple(item["headline"]),
        urls=_as_tuple(item.get("link", "")),
        sections=_as_tuple(item.get("section", "")),
        links=_as_tuple(item.get("links")),
        words=_as_tuple(item.get("words")),
    )


def _as_tuple(value: object) -> tuple[str, ...]:
    """Return one text or several as a tuple; none is no text."""
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)
