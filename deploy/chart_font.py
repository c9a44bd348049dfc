"""Make the font of the pictures of /stats anew: a subset of Noto Sans CJK SC with the characters that we draw.

python -m deploy.chart_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Debian has that file in fonts-noto-cjk. `pyftsubset` of fonttools must be on the PATH (`pip install fonttools`); nothing
else needs it, so it is in no lock file. The licence of the font stands beside it and goes into the wheel with it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import read_po

FONT = Path(__file__).parents[1] / "views" / "chart_drawing" / "NotoSansCJKsc-subset.otf"

SIMPLIFIED_CHINESE_IN_COLLECTION = "2"
"""Number of Noto Sans CJK SC among the fonts of the collection."""

_LATIN = "".join(chr(code) for first, last in ((0x20, 0x7E), (0xA0, 0x17F)) for code in range(first, last + 1))
_PUNCTUATION = (
    "‐‑‒–—―‘’“”„†‡•…‰‹›€№™−×÷≈≠≤≥←↑→↓↗↘■□▲△▼▽◆◇○●★☆、。〃々〈〉《》「」『』【】〓〔〕！（），－．／：；？～％＋＝｜·"
)
_KANA_AND_FULL_WIDTH = "".join(
    chr(code)
    for first, last in ((0x3041, 0x3096), (0x30A0, 0x30FF), (0xFF01, 0xFF5E))
    for code in range(first, last + 1)
)
_GREEK_AND_CYRILLIC = "".join(
    chr(code) for first, last in ((0x391, 0x3C9), (0x410, 0x44F)) for code in range(first, last + 1)
)

_GB2312_LEVEL_1_ROWS = range(16, 56)
_BIG5_LEVEL_1_LEADS = range(0xA4, 0xC7)


def characters() -> str:
    """Return the characters of the font: those of all our texts, and the common ones of what editors write.

    These are the first level of GB 2312 (3,755 characters) and of Big5 (5,401), kana, Latin, Greek and Cyrillic.
    """
    everything = {*_LATIN, *_PUNCTUATION, *_KANA_AND_FULL_WIDTH, *_GREEK_AND_CYRILLIC, *_texts()}
    everything |= {
        *_decoded("gb2312", ((0xA0 + row, 0xA0 + cell) for row in _GB2312_LEVEL_1_ROWS for cell in range(1, 95)))
    }
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    everything |= {*_decoded("big5", ((lead, trail) for lead in _BIG5_LEVEL_1_LEADS for trail in trails))}
    return "".join(sorted(character for character in everything if character.isprintable()))


def _decoded(encoding: str, pairs: Iterable[tuple[int, int]]) -> str:
    return "".join(bytes(pair).decode(encoding, "ignore") for pair in pairs)


def _texts() -> str:
    """Return the texts of all catalogues, in English too."""
    texts: list[str] = []
    for catalogue in (files("domain.chat") / "locale").iterdir():
        for entry in read_po(BytesIO(catalogue.read_bytes())):
            for text in (entry.id, entry.string):
                texts += [text] if isinstance(text, str) else text or ()
    return "".join(texts)


def make(collection: Path) -> None:
    """Write the subset of a collection's font."""
    command = [
        "pyftsubset",
        str(collection),
        "--text-file=/dev/stdin",
        f"--output-file={FONT}",
        "--layout-features=kern",
    ]
    options = ("--no-hinting", "--desubroutinize", f"--font-number={SIMPLIFIED_CHINESE_IN_COLLECTION}")
    subprocess.run([*command, *options], input=characters().encode(), check=True)  # noqa: S603 - our own command


if __name__ == "__main__":
    make(Path(sys.argv[1]))
