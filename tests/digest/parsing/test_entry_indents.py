"""Text below an entry of a list that is indented less than Markdown asks."""

from __future__ import annotations

import pytest

from digest.parsing.entry_indents import indent_below_entries


@pytest.mark.parametrize(
    ("text", "indented"),
    [
        ("10. T\n   - a\n     - b", "10. T\n    - a\n      - b"),
        ("10. T\n\n   a\n\n   b\n", "10. T\n\n    a\n\n    b\n"),
        ("100. T\n   > a", "100. T\n     > a"),
        ("1. T\n\n  a", "1. T\n\n   a"),
        ("-   T\n  - a\n  - b\n-   U", "-   T\n    - a\n    - b\n-   U"),
        ("10. T\n   ```\n   x\n     y\n   ```\n   z", "10. T\n    ```\n    x\n      y\n    ```\n    z"),
        ("  10) T\n     - a", "  10) T\n      - a"),
        ("10. T\n   1. a\n   2. b", "10. T\n    1. a\n    2. b"),
        ("1.       x\n  a", "1.       x\n   a"),
        ("-    T\n  a", "-    T\n     a"),
        ("-   T\n   2. a", "-   T\n    2. a"),
        ("```\nx\n```\n10. T\n   - a", "```\nx\n```\n10. T\n    - a"),
    ],
)
def test_lines_are_indented_as_far_as_the_words(text: str, indented: str) -> None:
    assert indent_below_entries(text) == indented


@pytest.mark.parametrize(
    "text",
    [
        "1. T\n   - a\n   - b",
        "10. T\n    - a\n   b",
        "9. T\n  10. U\n  11. V",
        "- T\n  - a",
        "10. T\n   11. U",
        "```\n~~~\n10. T\n   - a\n```",
        "10. T\ngoes on\n   here",
        "10. T\n - a",
        "```\n10. T\n   - a\n```",
        "10. T\n```\n1. U\n  - a\n```",
        "10.T\n   - a",
        "words\n   - a",
        "10. T\n      a\n   b",
    ],
)
def test_other_lines_stay(text: str) -> None:
    assert indent_below_entries(text) == text
