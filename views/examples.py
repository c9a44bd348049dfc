"""Examples in texts for people: what stands between backticks in a text of the catalogues."""

from __future__ import annotations

from domain.chat.text import Style, Text, concat, styled


def with_examples(text: str) -> Text:
    """Return a text with its examples as code: a tap copies one whole, and does not send its command alone."""
    parts = text.split("`")
    return concat(styled(part, Style.CODE) if number % 2 else part for number, part in enumerate(parts))
