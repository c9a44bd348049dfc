"""Plain texts as commands."""

from datetime import date

import pytest

from domain.chat.commands import CommandName
from handlers.input.intents import Intent, parse_intent
from tests.handlers.dialogue import NOON, TIME_ZONES

TODAY = date(2025, 9, 12)
CATEGORIES = ("AI产业", "Robotics")


def read(text: str) -> Intent | None:
    return parse_intent(text, iter(CATEGORIES), TIME_ZONES, NOON, TODAY)


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("today", CommandName.TODAY, ""),
        ("芯片 最近7天", CommandName.SEARCH, "芯片 最近7天"),
        ("最近7天 晶片", CommandName.SEARCH, "最近7天 晶片"),
        ("chips in the last 7 days", CommandName.SEARCH, "chips in the last 7 days"),
        ("最近7天有什么大事", CommandName.RECAP, ""),
        ("summary of the last 7 days", CommandName.RECAP, ""),
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
        ("today \U0001f389", CommandName.TODAY, ""),
        ("第三条\U0001f44d\U0001f3fd", CommandName.ITEM, "3"),
        ("save 3", CommandName.ITEM, "3"),
        ("收藏第三条", CommandName.ITEM, "3"),
        ("save this", CommandName.ITEMS, ""),
        ("share item 2", CommandName.ITEM, "2"),
        ("less of 3", CommandName.ITEM, "3"),
        ("less like this", CommandName.ITEMS, ""),
        ("more like this", CommandName.TALK, "praise"),
        ("items 2-4", CommandName.ITEM, "2-4"),
        ("第2到4条", CommandName.ITEM, "2-4"),
        ("the last item", CommandName.ITEM, "last"),
        ("yesterday's third item", CommandName.ITEM, "2025-09-11 3"),
        ("latest", CommandName.TODAY, ""),
        ("unsubscribe", CommandName.STOP, ""),
        ("tomorrow", CommandName.STATUS, ""),
        ("every day at 7am and 7pm", CommandName.TIME, "07:00 19:00"),
        ("at 7 and 19", CommandName.TIME, "07:00 19:00"),
        ("每天7点和19点", CommandName.TIME, "07:00 19:00"),
        ("每天早上七点半、晚上八点", CommandName.TIME, "07:30 20:00"),
        ("周一到周五7点和19点", CommandName.TIME, "07:00 19:00"),
        ("早上7点晚上7点", CommandName.TIME, "07:00 19:00"),
        ("send it at 8, not at 9", CommandName.PROPOSE, "time 08:00"),
        ("有什么体育新闻", CommandName.SEARCH, "体育"),
        ("有哪些体育方面的消息吗？", CommandName.SEARCH, "体育"),
        ("有什麼體育新聞", CommandName.SEARCH, "體育"),
        ("any sports news?", CommandName.SEARCH, "sports"),
        ("what sports news is there", CommandName.SEARCH, "sports"),
        ("any interesting news?", CommandName.TODAY, ""),
        ("09/12/2024", CommandName.DIGEST, "09/12/2024"),
        ("commentary 9/8", CommandName.COMMENTARY, "9/8"),
        ("13/08/2025", CommandName.DIGEST, "2025-08-13"),
        ("09.08.2025", CommandName.DIGEST, "2025-08-09"),
        ("Tomorrow?", CommandName.STATUS, ""),
        ("明天", CommandName.STATUS, ""),
        ("後天", CommandName.STATUS, ""),
        ("subscribe me", CommandName.START, ""),
        ("export my data", CommandName.EXPORT, ""),
        ("recap", CommandName.RECAP, ""),
        ("weekly recap on sunday", CommandName.PROPOSE, "recap 6"),
        ("mute bitcoin", CommandName.PROPOSE, "mute bitcoin"),
        ("no more crypto and bitcoin", CommandName.PROPOSE, "mute crypto|bitcoin"),
        ("unmute bitcoin", CommandName.PROPOSE, "unmute bitcoin"),
        ("full text please", CommandName.PROPOSE, "layout full"),
        ("rich layout please", CommandName.LAYOUT, "rich"),
        ("headlines only", CommandName.PROPOSE, "layout headlines"),
        ("change the layout", CommandName.LAYOUT, ""),
        ("the categories", CommandName.CATEGORIES, ""),
        ("only robotics", CommandName.PROPOSE, "only robotics"),
        ("commentary", CommandName.COMMENTARY, ""),
        ("yesterday's commentary", CommandName.COMMENTARY, "2025-09-11"),
        ("speak english", CommandName.PROPOSE, "language en"),
        ("change the language", CommandName.LANGUAGE, ""),
        ("every day at 7", CommandName.PROPOSE, "weekdays 127 07:00"),
        ("only on weekdays", CommandName.PROPOSE, "weekdays 31"),
        ("also on sunday", CommandName.PROPOSE, "add_weekdays 64"),
        ("not on sunday", CommandName.PROPOSE, "remove_weekdays 64"),
        ("pause for two weeks", CommandName.PROPOSE, "pause 2025-09-26"),
        ("pause until christmas", CommandName.PROPOSE, "pause 2025-12-25"),
        ("pause until after christmas", CommandName.PROPOSE, "pause 2025-12-26"),
        ("not today", CommandName.PROPOSE, "pause 2025-09-13"),
        ("tomorrow off", CommandName.PROPOSE, "pause 2025-09-13"),
        ("take a break", CommandName.PAUSE, ""),
        ("什么时候来", CommandName.STATUS, ""),
        ("turn off sound", CommandName.PROPOSE, "sound silent"),
        ("sound on", CommandName.PROPOSE, "sound loud"),
        ("undo", CommandName.PROPOSE, "undo"),
        ("settings", CommandName.SETTINGS, ""),
        ("privacy", CommandName.PRIVACY, ""),
        ("at half past seven", CommandName.PROPOSE, "time 07:30"),
        ("change the time", CommandName.TIME, ""),
        ("I live in Berlin", CommandName.PLACE, "Berlin"),
        ("change my time zone", CommandName.TIMEZONE, ""),
        ("search for chips", CommandName.SEARCH, "chips"),
        ("find", CommandName.SEARCH, ""),
        ("thanks", CommandName.TALK, "thanks"),
        ("hello", CommandName.TALK, "greeting"),
        ("who are you", CommandName.TALK, "who"),
        ("this is bad", CommandName.TALK, "complaint"),
        ("help", CommandName.HELP, ""),
        ("delete everything about me", CommandName.ERASE, ""),
        ("digest of 9 september", CommandName.DIGEST, "2025-09-09"),
        ("the newest digest", CommandName.TODAY, ""),
        ("saved items", CommandName.SAVED, ""),
        ("what did I miss", CommandName.RECAP, ""),
        ("bye", CommandName.TALK, "greeting"),
        ("8 a.m. please", CommandName.PROPOSE, "time 08:00"),
        ("every weekday at 8:30", CommandName.PROPOSE, "weekdays 31 08:30"),
        ("continue please", CommandName.PROPOSE, "resume"),
        ("no digest on monday", CommandName.PROPOSE, "remove_weekdays 1"),
        ("you rock", CommandName.TALK, "praise"),
        ("👍", CommandName.TALK, "emoji"),
        ("just the headlines, in english", CommandName.PROPOSE, "layout headlines"),
    ],
)
def test_text_stands_for_a_command(text: str, command: CommandName, arguments: str) -> None:
    assert read(text) == Intent(command, arguments)


@pytest.mark.parametrize("text", ["", "qqqqxxxx", "8:75", "1234", "today " * 40, "quit"])
def test_other_texts_stand_for_none(text: str) -> None:
    assert read(text) is None
