"""Command lines as buttons carry them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat.callback_data import CallbackData, ReplyTarget, button, in_place, parse_callback_data
from domain.chat.message import Button, Message
from domain.chat.text import Text


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("today", CallbackData("today")),
        ("item 2025-09-12 3", CallbackData("item", "2025-09-12 3")),
        ("item 2025-09-12 3.e", CallbackData("item", "2025-09-12 3", ReplyTarget.IN_PLACE)),
        ("item 2025-09-12 3.b17", CallbackData("item", "2025-09-12 3", payload_id=17)),
        ("time 08:00.s", CallbackData("time", "08:00", ReplyTarget.SETTINGS)),
        ("welcome.w", CallbackData("welcome", "", ReplyTarget.WELCOME)),
        ("items 2025-09-12.b9", CallbackData("items", "2025-09-12", payload_id=9)),
    ],
)
def test_reading(data: str, line: CallbackData) -> None:
    assert parse_callback_data(data) == line


@pytest.mark.parametrize("data", ["", " ", "Item 3", "item\n3", "第3条", "item.b", "item.b9999999999999999", "/item 3"])
def test_what_no_button_of_ours_said(data: str) -> None:
    assert parse_callback_data(data) is None


@given(st.text(max_size=80))
def test_reading_never_fails(data: str) -> None:
    line = parse_callback_data(data)
    assert line is None or line.name


@given(
    st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    st.from_regex(r"[a-z0-9:/_+-]{0,20}", fullmatch=True),
    st.sampled_from(ReplyTarget),
)
def test_what_a_button_says_is_read_back(name: str, arguments: str, place: ReplyTarget) -> None:
    made = button("x", f"{name} {arguments}".strip(), place)
    assert parse_callback_data(made.callback_data) == CallbackData(name, arguments, place)


def test_a_message_in_place_keeps_its_links() -> None:
    source, on = Button("Source", url="https://example.org"), Button("▶", callback_data="item 2025-09-12 4")
    assert in_place(Message(Text("x"), ((source, on),))).keyboard == (
        (source, Button("▶", callback_data="item 2025-09-12 4.e")),
    )
