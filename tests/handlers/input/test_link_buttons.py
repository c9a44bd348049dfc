"""Link buttons as people write them."""

import pytest

from domain.delivery.broadcast import LinkButton
from handlers.input.link_buttons import (
    InvalidButton,
    LabelTooLong,
    RowTooLong,
    address_of,
    label_of,
    parse_link_buttons,
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Read - https://a.b", [[("Read", "https://a.b")]]),
        ("看全文 - a.b/1\n\n 官网：a.b | 博客 — https://b.c ", [
            [("看全文", "https://a.b/1")], [("官网", "https://a.b"), ("博客", "https://b.c")]
        ]),
        ("a - b - https://a.b/?x=1-2", [[("a - b", "https://a.b/?x=1-2")]]),
        ("Ask us: tg://resolve?domain=x", [[("Ask us", "tg://resolve?domain=x")]]),
    ],
)  # fmt: skip
def test_lines_are_rows_of_buttons(text: str, rows: list[list[tuple[str, str]]]) -> None:
    assert parse_link_buttons(text) == tuple(tuple(LinkButton(*button) for button in row) for row in rows)


@pytest.mark.parametrize(
    "text",
    ["Read", "Read - ", "- https://a.b", "Read - javascript:alert(1)", "x" * 65 + " - a.b", "a - b", "a - b.c | x"],
)
def test_what_is_no_button_is_quoted(text: str) -> None:
    with pytest.raises(InvalidButton):
        parse_link_buttons(text)


def test_row_has_eight_buttons_at_most() -> None:
    with pytest.raises(RowTooLong):
        parse_link_buttons(" | ".join(["a - b.c"] * 9))


def test_label_has_64_characters_at_most() -> None:
    assert parse_link_buttons("x" * 64 + " - a.b")[0][0].text == label_of(" " + "x" * 64) == "x" * 64
    with pytest.raises(LabelTooLong) as refused:
        parse_link_buttons("Read - a.b\n" + "x" * 65 + " - a.b")
    assert refused.value.line == "x" * 65
    with pytest.raises(LabelTooLong):
        label_of("x" * 65)


@pytest.mark.parametrize(
    "text", ["http://a.b:0/", "https://a b.c", "https://a|b.c", "ftp://a.b", "https://", "x", "https://a.b:x"]
)
def test_address_that_telegram_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidButton):
        address_of(text)
