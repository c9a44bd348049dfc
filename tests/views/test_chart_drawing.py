"""Pictures of figures: no glyph is missing, nothing runs out of the picture, and a phone can show it."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from importlib.resources import files
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.chat.chart import Bar, Bars, BarSegment, Chart, Curve, Key, Tone
from domain.chat.i18n import LANGUAGE_NAMES, Translations
from domain.edition_day import SLOTS_IN_NAMES
from tests.examples import examples
from views.chart_drawing.draw import WIDTH, draw_chart, heights, labelled_points, segments, starts_at_zero, wrap
from views.chart_drawing.font import SUBSTITUTE, drawable, font, has_glyph
from views.dates import format_full_day, slot_name

TEXTS = Translations.load()
INNER = 1152
PICTOGRAMS = ("So", "Sk", "Cf", "Mn", "Cc")
"""Categories of what stands on buttons and in messages, and in no picture: emoji and what joins them."""


def own_texts() -> set[str]:
    """Return all that the bot can say in its languages: the catalogues, and names and days beside them."""
    texts = {*LANGUAGE_NAMES.values()}
    for catalogue in (files("domain.chat") / "locale").iterdir():
        for entry in read_po(BytesIO(catalogue.read_bytes())):
            for text in (entry.id, entry.string):
                texts |= {text} if isinstance(text, str) else set(text or ())
    for language in LANGUAGE_NAMES:
        translate = TEXTS.translator(language)
        texts |= {slot_name(slot, translate) for slot in SLOTS_IN_NAMES}
        texts |= {format_full_day(date(2026, 1, 1) + timedelta(days=day), translate) for day in range(366)}
    return texts


def test_font_has_every_character_of_our_texts() -> None:
    characters = {character for text in own_texts() for character in text}
    written = {character for character in characters if unicodedata.category(character) not in PICTOGRAMS}
    assert len(written) > 1000
    assert {character for character in written if not has_glyph(character)} == set()


def test_font_has_the_common_characters_of_both_scripts() -> None:
    simplified = "".join(
        bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", "ignore") for row in range(16, 56) for cell in range(1, 95)
    )
    traditional = "".join(
        bytes((lead, trail)).decode("big5", "ignore")
        for lead in range(0xA4, 0xC7)
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    )
    assert len(simplified) == 3755
    assert {character for character in simplified + traditional if not has_glyph(character)} == set()


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("苹果 A18 芯片", "苹果 A18 芯片"),
        ("a\n\tb  c", "a b c"),
        ("naïve Ṩtraße", "naïve Straße"),
        ("①ｱ℃", "1ア°C"),
        ("Hello 😀👨‍👩‍👧 world", f"Hello {SUBSTITUTE} world"),
        ("한국어 news", f"{SUBSTITUTE} news"),
        ("\u202egnp.exe\u0000", "gnp.exe"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_missing_characters_are_replaced_by_rule(text: str, drawn: str) -> None:
    assert drawable(text) == drawn
    assert all(map(has_glyph, drawable(text)))


@given(st.text())
def test_nothing_is_drawn_as_an_empty_box(text: str) -> None:
    assert all(map(has_glyph, drawable(text)))


@given(st.text(min_size=1), st.integers(200, 1200), st.integers(1, 3))
def test_lines_fit_their_width(text: str, width: int, most: int) -> None:
    lines = wrap(drawable(text), 46, width, most)
    assert 0 < len(lines) <= most
    assert all(font(46).getlength(line) <= width for line in lines)


def test_lines_break_between_words_and_not_before_a_stop() -> None:
    assert wrap("A very long English headline", 46, 420, 3) == ["A very long English", "headline"]
    assert wrap("性能提升百分之四十，续航", 46, 46 * 9, 2) == ["性能提升百分之四", "十，续航"]
    assert wrap("占比 11%，退货率更低", 46, 46 * 4, 2)[0] == "占比"
    assert wrap("abc " * 40, 46, 300, 1)[0].endswith("...")
    assert wrap("性能提升" * 20, 46, 300, 1)[0].endswith("…")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.integers(0, 10**9))
def test_bars_show_what_is_not_zero_and_end_within_the_picture(values: list[int], more: int) -> None:
    parts = [BarSegment(value) for value in values]
    drawn = list(segments(parts, max(sum(values) + more, 1), INNER))
    assert len(drawn) == sum(value > 0 for value in values)
    assert all(right - left >= 5 for left, right, _tone in drawn)
    assert all(right <= INNER + 0.01 for _left, right, _tone in drawn)


@pytest.mark.parametrize(
    ("values", "labelled"),
    [
        ((5,) * 30, [0, 29]),
        ((7,), [0]),
        ((5,) * 14 + (9,) + (5,) * 15, [0, 14, 29]),
        ((5,) * 10 + (2,) * 5 + (9,) * 15, [0, 10, 29]),
        (tuple(range(30)), [0, 29]),
    ],
)
def test_ends_and_telling_extremes_of_a_curve_are_labelled(values: tuple[int, ...], labelled: list[int]) -> None:
    assert labelled_points(values) == labelled


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((0, 0, 3), [0, 0, 1]),
        ((0, 0), [0, 0]),
        ((5, 10, 7), [0.5, 1, 0.7]),
        ((4980, 5000, 4990), [0, 1, 0.5]),
        ((7, 7), [0.5, 0.5]),
    ],
)
def test_height_of_a_filled_curve_is_its_value(values: tuple[int, ...], drawn: list[float]) -> None:
    assert heights(values) == pytest.approx(drawn)
    curve = Curve(values, first_label="", last_label="")
    image = Image.open(BytesIO(draw_chart(Chart(title="", subtitle="", sections=(curve,), substitution_note=""))))
    colours = image.convert("RGB").getcolors(10**6) or ()
    pale_blue = sum(count for count, colour in colours if isinstance(colour, tuple) and colour[2] - colour[0] > 10)
    assert (pale_blue > 50_000) == (starts_at_zero(values) and any(values))


LONG = "苹果发布第三代自研芯片，性能提升百分之四十；" * 12 + "x" * 300
NUMBERS = st.sampled_from((0, 1, 7, 4980, 5_000_000, 10**12))
WORDS = st.sampled_from(("", "English", "标题版", LONG, "한국", "\u202e" * 9))
CHARTS = st.builds(
    Chart,
    title=WORDS,
    subtitle=WORDS,
    keys=st.lists(st.builds(Key, st.sampled_from(Tone), WORDS), max_size=4).map(tuple),
    substitution_note=st.just("{mark}: a character"),
    sections=st.lists(
        st.builds(
            Bars,
            st.lists(
                st.builds(Bar, WORDS, st.lists(st.builds(BarSegment, NUMBERS), max_size=4).map(tuple), WORDS),
                max_size=30,
            ).map(tuple),
            WORDS,
        )
        | st.builds(Curve, st.lists(NUMBERS, min_size=1, max_size=31).map(tuple), WORDS, WORDS),
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=examples(75))
@given(CHARTS)
def test_every_chart_is_a_photo_for_telegram(chart: Chart) -> None:
    png = draw_chart(chart)
    width, height = Image.open(BytesIO(png)).size
    assert width == WIDTH
    assert width + height <= 10_000
    assert max(width, height) <= 20 * min(width, height)
    assert len(png) < 1 << 20
