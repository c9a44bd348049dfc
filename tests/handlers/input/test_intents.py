"""Plain texts as commands."""

from datetime import date

import pytest

from domain.chat.commands import CommandName
from handlers.input.intents import Intent, parse_intent
from tests.handlers.dialogue import ATLAS, NOON

TODAY = date(2025, 9, 12)
CATEGORIES = ("AI产业", "Robotics")


def read(text: str) -> Intent | None:
    return parse_intent(text, iter(CATEGORIES), ATLAS, NOON, TODAY)


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("today", CommandName.TODAY, ""),
        ("标题", CommandName.ITEMS, ""),
        ("标题版", CommandName.PROPOSE, "layout headlines"),
        ("Rich layout", CommandName.LAYOUT, "rich"),
        ("第三条", CommandName.ITEM, "3"),
        ("#12", CommandName.ITEM, "12"),
        ("８：３０ PM", CommandName.PROPOSE, "time 20:30"),
        (" Yesterday ", CommandName.DIGEST, "2025-09-11"),
        ("9.11", CommandName.DIGEST, "2025-09-11"),
        (" ai产业 ", CommandName.CATEGORY, "ai产业"),
        (" Robotisc ", CommandName.CATEGORY, "Robotisc"),
        ("柏林", CommandName.PLACE, "柏林"),
        ("today" + " " * 55, CommandName.TODAY, ""),
    ],
)
def test_text_stands_for_a_command(text: str, command: CommandName, arguments: str) -> None:
    assert read(text) == Intent(command, arguments)


@pytest.mark.parametrize("text", ["", "qqqqxxxx", "8:75", "1234", "today " * 40, "quit"])
def test_other_texts_stand_for_none(text: str) -> None:
    assert read(text) is None
