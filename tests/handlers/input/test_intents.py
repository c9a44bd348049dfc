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
        ("标题版", CommandName.LAYOUT, "headlines"),
        ("Rich layout", CommandName.LAYOUT, "rich"),
        ("第三条", CommandName.ITEM, "3"),
        ("#12", CommandName.ITEM, "12"),
        ("８：３０ PM", CommandName.TIME, "8:30 pm"),
        (" Yesterday ", CommandName.DIGEST, "yesterday"),
        ("9.11", CommandName.DIGEST, "9.11"),
        (" ai产业 ", CommandName.CATEGORY, "ai产业"),
        (" Robotisc ", CommandName.CATEGORY, "Robotisc"),
        ("柏林", CommandName.PLACE, "Europe/Berlin"),
        ("today" + " " * 55, CommandName.TODAY, ""),
    ],
)
def test_text_stands_for_a_command(text: str, command: CommandName, arguments: str) -> None:
    assert read(text) == Intent(command, arguments)


@pytest.mark.parametrize("text", ["", "qqqqxxxx", "8:75", "1234", "today" + " " * 56])
def test_other_texts_stand_for_none(text: str) -> None:
    assert read(text) is None
