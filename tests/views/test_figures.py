"""Figures in words: shares, and captions that Telegram takes whatever they tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import limits
from domain.chat.i18n import Translations
from domain.item_reads import ItemReads
from domain.subscription.subscriber import LeftReason
from tests.handlers.editions import edition
from views.figures import FigureDays, figure_caption, leavers_chart, not_drawn_message, reads_chart, share

SAY = Translations.load().translator("en")
SPAN = FigureDays(first=date(2025, 8, 14), last=date(2025, 9, 12))


@pytest.mark.parametrize(
    ("part", "total", "words"),
    [(0, 5, "0%"), (1, 1000, "<1%"), (1, 100, "1%"), (999, 1000, ">99%"), (5, 5, "100%"), (2, 3, "67%")],
)
def test_share_never_rounds_to_nothing_or_to_all(part: int, total: int, words: str) -> None:
    assert share(part, total) == words


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_share_of_some_is_neither_zero_nor_all(part: int, more: int) -> None:
    words = share(part, part + more)
    assert words != "0%"
    assert (words == "100%") is (more == 0)


def test_reasons_with_one_name_are_one_bar() -> None:
    left = {LeftReason.REMOVED: 2, LeftReason.KICKED: 3, LeftReason.STOPPED: 4}
    caption = figure_caption(leavers_chart(left, SPAN, SAY), (), SAY).text.plain
    assert "removed the bot: 5 · 56%\nunsubscribed: 4 · 44%" in caption


def test_captions_have_the_colon_of_their_language() -> None:
    chinese = Translations.load().translator("zh")
    caption = figure_caption(leavers_chart({LeftReason.STOPPED: 4}, SPAN, chinese), (), chinese)
    assert "：4" in caption.text.plain


@pytest.mark.parametrize("length", [1, 60, 61, 5000])
def test_captions_are_cut_at_whole_lines(length: int) -> None:
    day = date(2025, 9, 12)
    whole = edition(day, items=9)
    long = replace(whole, items=tuple(replace(item, headline="😀" * length) for item in whole.items))
    chart = reads_chart(long, ItemReads(day, 45, tuple((n, 5_000_000_000) for n in range(1, 10))), SAY)
    for message in (figure_caption(chart, (), SAY), not_drawn_message(chart, (), SAY)):
        assert message.text.utf16_length <= limits.CAPTION_UTF16_UNITS
        lines = message.text.plain.splitlines()
        assert lines[0] == "What was opened"
        odd = [line for line in lines[2:] if not (line.endswith(": 5,000,000,000") or line == "…" or "drawn" in line)]
        assert len(lines) > 2
        assert odd == []
    assert "could not be drawn" in not_drawn_message(chart, (), SAY).text.plain
