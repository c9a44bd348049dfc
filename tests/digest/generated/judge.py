"""Compare a reading with the truth, by words: punctuation, case, spaces and marks do not matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from unicodedata import normalize

from digest.model import Digest, Item
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.generated.truth import COMMENTARY, INTRO, LEFT_OUT, TRAILING, TrueItem, Truth, item_place

_NUMERAL = re.compile(r"^\W*(?:[0-9]+|[一二三四五六七八九十]+|[IVX]+)(?:[.)、．]|\s*[|·])\s*")


def words_of(text: str) -> str:
    """Return the letters and digits of a text, in one piece and in lower case."""
    return "".join(char for char in normalize("NFKC", text).casefold() if char.isalnum())


def find_file_differences(data: bytes, truth: Truth, *, name: str = "") -> list[str]:
    """Read a file that holds one digest and return its differences from the truth."""
    digests = read_digests(data, name=name, classifier=Classifier())
    return find_differences(digests[0], truth) if len(digests) == 1 else [f"read as {len(digests)} days"]


def find_differences(digest: Digest, truth: Truth) -> list[str]:
    """Return the differences between a reading and the truth in plain words; none if it is right."""
    possible = set(map(words_of, truth.possible))
    certain = [item for item in digest.items if words_of(item.headline) not in possible]
    pairs, differences = _pair_items(certain, truth.items)
    for position, (item, true) in pairs.items():
        differences += [f"item {position}: {problem}" for problem in _compare_item(item, true)]
    titles = (truth.title, *truth.other_titles)
    if truth.title and words_of(digest.title) not in map(words_of, titles):
        differences.append(f"title “{digest.title}” instead of “{truth.title}”")
    return differences + _misplaced(digest, truth, {position: item for position, (item, _) in pairs.items()})


def _pair_items(items: Sequence[Item], truth: Sequence[TrueItem]) -> tuple[dict[int, tuple[Item, TrueItem]], list[str]]:
    """Pair items with true ones in order: by headline, else those that stand between the same neighbours."""
    read = [words_of(item.headline) for item in items]
    keys = [_matching_key(true, read) for true in truth]
    pairs: dict[int, tuple[Item, TrueItem]] = {}
    differences: list[str] = []
    for tag, start, end, true_start, true_end in SequenceMatcher(None, read, keys, autojunk=False).get_opcodes():
        both = min(end - start, true_end - true_start) if tag == "replace" or tag == "equal" else 0
        for offset in range(both):
            pairs[true_start + offset + 1] = (items[start + offset], truth[true_start + offset])
        differences += [f"no item: “{_short(item.headline)}”" for item in items[start + both : end]]
        differences += [f"missing item: “{_short(true.headlines[0])}”" for true in truth[true_start + both : true_end]]
    return pairs, differences


def _matching_key(true: TrueItem, read: Sequence[str]) -> str:
    keys = _headline_keys(true)
    return next((key for key in keys if key in read), keys[0])


def _headline_keys(true: TrueItem) -> list[str]:
    """Return the words of the headlines that are right, with and without a number before them."""
    return [words_of(headline) for headline in true.headlines] + [_bare(headline) for headline in true.headlines]


def _compare_item(item: Item, true: TrueItem) -> list[str]:
    problems = []
    if words_of(item.headline) not in _headline_keys(true):
        problems.append(f"headline “{_short(item.headline)}” instead of “{_short(true.headlines[0])}”")
    if item.url not in true.urls:
        problems.append(f"link “{item.url}” instead of “{true.urls[0]}”")
    if not {words_of(item.section), _bare(item.section)} & {words_of(section) for section in true.sections}:
        problems.append(f"section “{_short(item.section)}” instead of “{_short(true.sections[0])}”")
    addresses = {item.url, *(link.url for link in item.links)}
    return problems + [f"link {url} cannot be pressed" for url in true.links if url not in addresses]


def _bare(section: str) -> str:
    """Return the words of a section's name without its number."""
    return words_of(_NUMERAL.sub("", section))


def _misplaced(digest: Digest, truth: Truth, paired: dict[int, Item]) -> list[str]:
    shown = _shown_places(digest, paired)
    told = words_of("\n".join([digest.intro.plain, digest.commentary.plain, *(i.body.plain for i in digest.items)]))
    problems = []
    possible = {_extra_place(item) for item in digest.items if words_of(item.headline) in map(words_of, truth.possible)}
    for placed in truth.all_placed():
        words = words_of(placed.words)
        found = [place for place, text in shown.items() if words in text]
        if LEFT_OUT in placed.places and words not in told:
            continue
        missing_item = all(place not in shown and place.startswith("item") for place in placed.places)
        if missing_item or any(place in found for place in (*placed.places, *possible)):
            continue
        where = f"it is in {found[0]}" if found else "it is nowhere"
        problems.append(f"{placed.places[0]} lacks “{_short(placed.words)}”: {where}")
    return problems


def _shown_places(digest: Digest, paired: dict[int, Item]) -> dict[str, str]:
    """Return the words of each place; what a problem quotes counts as trailing."""
    told = "\n".join(problem.message for problem in digest.problems)
    places = {item_place(position): f"{item.headline}\n{item.body.plain}" for position, item in paired.items()}
    others = [item for item in digest.items if item not in paired.values()]
    places |= {_extra_place(item): f"{item.headline}\n{item.body.plain}" for item in others}
    places[INTRO] = digest.intro.plain
    places[COMMENTARY] = f"{digest.commentary_title}\n{digest.commentary.plain}"
    places[TRAILING] = f"{digest.trailing.plain}\n{told}"
    return {place: words_of(text) for place, text in places.items()}


def _extra_place(item: Item) -> str:
    return f"“{_short(item.headline)}”"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
