"""Command lines as buttons carry them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat.callback_data import Line, Place, button, in_place, read_line
from domain.chat.message import Button, Message
from domain.chat.text import Text


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("today", Line("today")),
        ("item 2025-09-12 3", Line("item", "2025-09-12 3")),
        ("item 2025-09-12 3.e", Line("item", "2025-09-12 3", Place.HERE)),
        ("item 2025-09-12 3.b17", Line("item", "2025-09-12 3", body=17)),
        ("time 08:00.s", Line("time", "08:00", Place.SETTINGS)),
        ("welcome.w", Line("welcome", "", Place.WELCOME)),
        ("items 2025-09-12.b9", Line("items", "2025-09-12", body=9)),
    ],
)
def test_reading(data: str, line: Line) -> None:
    assert read_line(data) == line


@pytest.mark.parametrize("data", ["", " ", "Item 3", "item\n3", "第3条", "item.b", "item.b9999999999999999", "/item 3"])
def test_what_no_button_of_ours_said(data: str) -> None:
    assert read_line(data) is None


@given(st.text(max_size=80))
def test_reading_never_fails(data: str) -> None:
    line = read_line(data)
    assert line is None or line.name


@given(
    st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    st.from_regex(r"[a-z0-9:/_+-]{0,20}", fullmatch=True),
    st.sampled_from(Place),
)
def test_what_a_button_says_is_read_back(name: str, arguments: str, place: Place) -> None:
    made = button("x", f"{name} {arguments}".strip(), place)
    assert read_line(made.data) == Line(name, arguments, place)


def test_a_message_in_place_keeps_its_links() -> None:
    source, on = Button("Source", url="https://example.org"), Button("▶", data="item 2025-09-12 4")
    assert in_place(Message(Text("x"), ((source, on),))).rows == ((source, Button("▶", data="item 2025-09-12 4.e")),)
