"""Plain text as commands: `3`, `点评`, `改成7点`, `别再发了`, a category or a city.

Reads are answered at once. What changes a setting becomes a proposal, which the person confirms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.chat.commands import CommandName
from domain.names import find_in_either_script, fold_name, nearest_in_either_script
from handlers.input.dates import find_doubtful_date, find_impossible_date, parse_date
from handlers.input.item_numbers import LAST, format_item_numbers
from handlers.input.meanings import MeaningKind, TextMeaning
from handlers.input.numerals import normalize
from handlers.input.placeholders import TextContext
from handlers.input.reader import read_text
from handlers.input.search_words import parse_search, parse_search_words
from handlers.input.time_zones import TimeZoneLookup
from handlers.input.times import parse_frequency, parse_shift, parse_two_times
from handlers.input.weekdays import says_every_day
from views.dates import format_time

_OWN_CHATS = (
    *("我的群", "我的群组", "我的群組", "我的频道", "我的頻道"),
    *("我的群和频道", "我的群和頻道", "我的群组和频道", "我的群組和頻道"),
)

_KEYWORDS = {
    CommandName.TODAY: (
        "today",
        "digest",
        "news",
        "今天",
        "今日",
        "早报",
        "日报",
        "摘要",
        "新闻",
        "今日早报",
        "看今天",
        "最新",
    ),
    CommandName.ITEMS: ("items", "headlines", "list", "目录", "条目", "标题", "列表"),
    CommandName.STATUS: (
        "tomorrow",
        "tmr",
        "tmrw",
        "dayaftertomorrow",
        "thedayaftertomorrow",
        "明天",
        "明日",
        "明儿",
        "后天",
        "後天",
        "大后天",
        "大後天",
    ),
    CommandName.SAVED: ("saved", "bookmarks", "favourites", "favorites", "收藏", "我的收藏", "收藏夹"),
    CommandName.START: ("start", "subscribe", "订阅", "訂閱", "开始", "我要订阅"),
    CommandName.STOP: ("stop", "unsubscribe", "退订", "取消订阅", "停止", "停"),
    CommandName.HELP: ("help", "commands", "帮助", "幫助", "怎么用", "命令", "菜单"),
    CommandName.CHATS: ("chats", "mygroups", "mychannels", "mygroupsandchannels", *_OWN_CHATS),
    CommandName.PRIVACY: ("privacy", "隐私", "隱私", "隐私政策"),
    CommandName.EXPORT: (
        "export",
        "exportmydata",
        "exportdata",
        "mydata",
        "导出",
        "导出数据",
        "导出我的数据",
        "匯出我的資料",
        "我的数据",
    ),
    CommandName.ERASE: (
        "erase",
        "erasemydata",
        "deletemydata",
        "forgetme",
        "删除我的数据",
        "清除我的数据",
        "刪除我的資料",
        "忘了我",
    ),
}
"""Words that are a command as they stand, whatever else they might mean."""

_MAX_NAME_CHARACTERS = 60
"""Longest text that may be a misspelled name; no name is longer."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The command that a text stands for, with its arguments."""

    command: CommandName
    arguments: str = ""


def parse_intent(
    text: str, categories: Iterable[str], time_zones: TimeZoneLookup, now: datetime, today: date
) -> Intent | None:
    """Return the command that a text stands for, or None.

    `categories` are those of the newest edition, `today` is the date where the person is.
    """
    if (words := parse_search(text)) is not None:
        return Intent(CommandName.SEARCH, words)
    if (command := keyword_command(text)) is not None:
        return Intent(command)
    names = tuple(categories)
    if find_in_either_script(text, names) is not None:
        return Intent(CommandName.CATEGORY, text.strip())
    context = TextContext(categories=names, time_zones=time_zones, now=now, today=today)
    meaning = read_text(text, context)
    if (meaning.is_guess or meaning.kind in _SPANS_OF_DAYS) and _is_search_within_days(text, context):
        return Intent(CommandName.SEARCH, text.strip())
    if (often := parse_frequency(text)) is not None:
        return Intent(CommandName.TIME, OFTEN) if often == "day" else Intent(CommandName.SETTINGS, "weekdays")
    if (about_impossible := _of_impossible_date(text, meaning, context)) is not None:
        return about_impossible
    if meaning.is_guess:
        return _nearest_category(text, names) or _search_for_topic(text)
    if meaning.kind in _OF_TIME and (times := parse_two_times(text)) is not None:
        return Intent(CommandName.TIME, " ".join(map(format_time, times)))
    if meaning.kind is MeaningKind.TIME and _minute(meaning.values) is None and (shift := parse_shift(text)):
        return _propose(f"shift {shift}")
    if meaning.kind is MeaningKind.SUBSCRIBE and says_every_day(text):
        return Intent(CommandName.START, EVERY_DAY_ARGUMENT)
    intent = _INTENTS[meaning.kind](meaning.values, context)
    return None if intent is None else _with_doubtful_date(intent, text, today)


OFTEN = "often"
"""Argument of `time`: the digest is wanted more than once a day."""

EVERY_DAY_ARGUMENT = "daily"
"""Argument of `start`: the digest is wanted every day, perhaps by somebody who has it on fewer."""

_OF_DAYS = frozenset({MeaningKind.DAY, MeaningKind.ITEM, MeaningKind.CATEGORY, MeaningKind.COMMENTARY})


def _of_impossible_date(text: str, meaning: TextMeaning, context: TextContext) -> Intent | None:
    """Return what a text asks of a day that no year has, which is told there; None if it asks nothing of one."""
    impossible = find_impossible_date(text)
    if not impossible:
        return None
    if meaning.kind is MeaningKind.PAUSE:
        return _propose(f"pause {impossible}")
    of_a_day = normalize(text).replace(impossible, "yesterday" if impossible.isascii() else "昨天")
    is_asked = meaning.kind in _OF_DAYS or read_text(of_a_day, context).kind in _OF_DAYS
    return Intent(CommandName.DIGEST, impossible) if is_asked else None


_OF_TIME = frozenset({MeaningKind.TIME, MeaningKind.WEEKDAYS, MeaningKind.WEEKDAYS_OFF})
_OF_EDITIONS = frozenset({CommandName.DIGEST, CommandName.ITEM, CommandName.CATEGORY, CommandName.COMMENTARY})


def _with_doubtful_date(intent: Intent, text: str, today: date) -> Intent:
    """Return what is asked of an edition with its day as it was typed, if it may mean two days: the archive decides."""
    written = find_doubtful_date(text, today) if intent.command in _OF_EDITIONS else ""
    if not written:
        return intent
    return replace(intent, arguments=intent.arguments.replace(str(parse_date(written, today)), written))


def keyword_command(text: str) -> CommandName | None:
    """Return the command that a word stands for as it is: `unsubscribe`, 退订."""
    folded = fold_name(text) if len(text) <= _MAX_NAME_CHARACTERS else ""
    return next((command for command, keywords in _KEYWORDS.items() if folded in keywords), None)


_SPANS_OF_DAYS = frozenset(
    {MeaningKind.RECAP, MeaningKind.DAY, MeaningKind.SEARCH, MeaningKind.CATEGORY, MeaningKind.PAUSE}
)
"""What a text may be read as for the sake of the days in it, as in `芯片 最近7天`."""
_NO_TERM = re.compile(r"(?:what|who|why|how|nothing|anything|i|im|ive|we|has|have|did)\b|[的有没什哪都]", re.IGNORECASE)


def _is_search_within_days(text: str, context: TextContext) -> bool:
    """Return whether a text names days since when, and beside them only a term to search for."""
    search = parse_search_words(text, context.today)
    if search.since is None or search.since > context.today or _NO_TERM.match(search.words):
        return False
    rest = read_text(search.words, context)
    return len(search.words) > 1 and (rest.is_guess or rest.kind is MeaningKind.CATEGORY)


def _nearest_category(text: str, names: tuple[str, ...]) -> Intent | None:
    is_near = len(text) <= _MAX_NAME_CHARACTERS and nearest_in_either_script(text, names) is not None
    return Intent(CommandName.CATEGORY, text.strip()) if is_near else None


_TOPIC_ASKED_FOR = (
    re.compile(
        r"(?:都|还)?有(?:什么|什麼|啥|哪些)(.{2,20}?)[的方面]{0,3}(?:新闻|新聞|消息|报道|報道|资讯|資訊)[吗嗎呢啊没有]{0,2}[？?。]?"
    ),
    re.compile(
        r"(?:(?:is|are) there |got |do you have |have you )?any (.{2,30}?) news(?: today| please)?[?.!]?", re.IGNORECASE
    ),
    re.compile(r"what (.{2,30}?) news (?:is there|do you have|have you got)[?.!]?", re.IGNORECASE),
)


_NO_TOPICS = frozenset(
    (
        *("good", "bad", "big", "other", "more", "new", "fresh", "latest", "important", "interesting"),
        *("别的", "別的", "其他", "其它", "好玩", "好看", "有趣", "有意思", "特别", "特別"),
    )
)
"""Words before *news* that are no topic."""


def _search_for_topic(text: str) -> Intent | None:
    """Return the search for a topic that no category has (有什么体育新闻, `any sports news`), or today's news."""
    if len(text) > _MAX_NAME_CHARACTERS:
        return None
    topic = next((match[1] for asked in _TOPIC_ASKED_FOR if (match := asked.fullmatch(text.strip()))), None)
    if topic is None:
        return None
    return Intent(CommandName.TODAY) if topic.lower() in _NO_TOPICS else Intent(CommandName.SEARCH, topic)


_Values = Mapping[str, object]
_ToIntent = Callable[[_Values, TextContext], Intent | None]


def _command(command: CommandName, arguments: str = "") -> _ToIntent:
    return lambda _values, _context: Intent(command, arguments)


def _propose(change: str) -> Intent:
    return Intent(CommandName.PROPOSE, change)


def _talk(about: str) -> _ToIntent:
    return _command(CommandName.TALK, about)


def _time(values: _Values, _: TextContext) -> Intent:
    minute = _minute(values)
    return Intent(CommandName.TIME) if minute is None else _propose(f"time {format_time(minute)}")


def _weekdays(change: str) -> _ToIntent:
    def to_intent(values: _Values, _: TextContext) -> Intent:
        minute = _minute(values)
        at = "" if minute is None else f" {format_time(minute)}"
        return (
            _propose(f"{change} {values['days']}{at}") if "days" in values else Intent(CommandName.SETTINGS, "weekdays")
        )

    return to_intent


def _time_zone(values: _Values, _: TextContext) -> Intent:
    return Intent(CommandName.PLACE, str(values["place"])) if "place" in values else Intent(CommandName.TIMEZONE)


def pause_day(values: Mapping[str, object], today: date) -> date | None:
    """Return the day on which a pause ends that a text wishes for; None if it tells no length."""
    length = next((values[slot] for slot in ("pause", "span", "until", "offday") if slot in values), None)
    if isinstance(length, int):
        return today + timedelta(days=length)
    return length if isinstance(length, date) else None


def _pause(values: _Values, context: TextContext) -> Intent:
    day = pause_day(values, context.today)
    return Intent(CommandName.PAUSE) if day is None else _propose(f"pause {day}")


def _chosen(command: CommandName, change: str, name: str) -> _ToIntent:
    """Return what proposes a value, or opens the screen where none was named."""
    return lambda values, _: _propose(f"{change} {values[name]}") if name in values else Intent(command)


def _layout(values: _Values, _: TextContext) -> Intent:
    if values.get("layout") == "rich":  # a sample is shown first, and asked below it
        return Intent(CommandName.LAYOUT, "rich")
    return _propose(f"layout {values['layout']}") if "layout" in values else Intent(CommandName.LAYOUT)


def _worded(change: str) -> _ToIntent:
    def to_intent(values: _Values, _: TextContext) -> Intent:
        words = values.get("words", ())
        listed = words if isinstance(words, tuple) else (str(words),)
        return _propose(" ".join((change, "|".join(word.replace("|", " ") for word in listed))).strip())

    return to_intent


def _dated(command: CommandName, name: str = "") -> _ToIntent:
    """Return what shows something of a day's edition."""

    def to_intent(values: _Values, _: TextContext) -> Intent:
        parts = [values.get("day"), values.get(name, "") if name else ""]
        return Intent(command, " ".join(str(part) for part in parts if part))

    return to_intent


def _category(values: _Values, context: TextContext) -> Intent | None:
    if "also" in values:
        return _propose(f"also {values['category']}")
    of_newest = {name: value for name, value in values.items() if (name, value) != ("day", context.today)}
    return _dated(CommandName.CATEGORY, "category")(of_newest, context)


def _categories(values: _Values, _: TextContext) -> Intent:
    return _propose("all_categories") if "all" in values else Intent(CommandName.CATEGORIES)


def _item(values: _Values, _: TextContext) -> Intent:
    parts = [values.get("day"), item_argument(values)]
    return Intent(CommandName.ITEM, " ".join(str(part) for part in parts if part))


def item_argument(values: Mapping[str, object]) -> str:
    """Return an item as `/item` takes it: `3`, `last`, or `-2` for the one before the last."""
    from_end = values.get("from_end", 1)
    return str(values.get("n", LAST if from_end == 1 else f"-{from_end}"))


def _item_range(values: _Values, _: TextContext) -> Intent:
    if "final" in values:
        return Intent(CommandName.ITEM, f"{values.get('day', '')} {LAST}-{values['final']}".strip())
    return Intent(CommandName.ITEM, f"{values.get('a', 1)}-{values.get('last', values.get('b', 1))}")


def _item_list(values: _Values, _: TextContext) -> Intent:
    numbers = values["items"]
    return Intent(CommandName.ITEM, ",".join(format_item_numbers(numbers if isinstance(numbers, tuple) else ())))


def _search(values: _Values, _: TextContext) -> Intent:
    return Intent(CommandName.SEARCH, str(values.get("query", "")))


def _recap(values: _Values, _: TextContext) -> Intent:
    if "off" in values:
        return _propose("recap off")
    return _propose(f"recap {values['weekday']}") if "weekday" in values else Intent(CommandName.RECAP)


def _of_item(command: CommandName, about: str = "") -> _ToIntent:
    """Return the item itself, since what is done with it stands below it; where none is named, what leads to one."""
    return lambda values, _: Intent(CommandName.ITEM, str(values["n"])) if "n" in values else Intent(command, about)


_INTENTS: Mapping[MeaningKind, _ToIntent] = {
    MeaningKind.SUBSCRIBE: _command(CommandName.START),
    MeaningKind.UNSUBSCRIBE: _command(CommandName.STOP),
    MeaningKind.PAUSE: _pause,
    MeaningKind.RESUME: lambda _values, _: _propose("resume"),
    MeaningKind.STATUS: _command(CommandName.STATUS),
    MeaningKind.SETTINGS: _command(CommandName.SETTINGS),
    MeaningKind.UNDO: lambda _values, _: _propose("undo"),
    MeaningKind.TIME: _time,
    MeaningKind.WEEKDAYS: _weekdays("weekdays"),
    MeaningKind.WEEKDAYS_OFF: _weekdays("remove_weekdays"),
    MeaningKind.ADD_WEEKDAYS: _weekdays("add_weekdays"),
    MeaningKind.TIME_ZONE: _time_zone,
    MeaningKind.ONLY: _worded("only"),
    MeaningKind.MUTE: _worded("mute"),
    MeaningKind.UNMUTE: _worded("unmute"),
    MeaningKind.LANGUAGE: _chosen(CommandName.LANGUAGE, "language", "language"),
    MeaningKind.LAYOUT: _layout,
    MeaningKind.SOUND: _chosen(CommandName.SETTINGS, "sound", "sound"),
    MeaningKind.TODAY: _command(CommandName.TODAY),
    MeaningKind.LATEST: _command(CommandName.TODAY),
    MeaningKind.DAY: _dated(CommandName.DIGEST),
    MeaningKind.ITEM: _item,
    MeaningKind.ITEM_RANGE: _item_range,
    MeaningKind.ITEM_LIST: _item_list,
    MeaningKind.TURN: _talk("turn"),
    MeaningKind.CATEGORIES: _categories,
    MeaningKind.CATEGORY: _category,
    MeaningKind.COMMENTARY: _dated(CommandName.COMMENTARY),
    MeaningKind.SEARCH: _search,
    MeaningKind.RECAP: _recap,
    MeaningKind.SAVE: _of_item(CommandName.TALK, "save"),
    MeaningKind.SAVED: _command(CommandName.SAVED),
    MeaningKind.SHARE: _of_item(CommandName.TALK, "share"),
    MeaningKind.FEEDBACK_MORE: _talk("praise"),
    MeaningKind.FEEDBACK_LESS: _of_item(CommandName.ITEMS),
    MeaningKind.EXPORT_DATA: _command(CommandName.EXPORT),
    MeaningKind.ERASE_DATA: _command(CommandName.ERASE),
    MeaningKind.PRIVACY: _command(CommandName.PRIVACY),
    MeaningKind.HELP: _command(CommandName.HELP),
    MeaningKind.WHO_ARE_YOU: _talk("who"),
    MeaningKind.THANKS: _talk("thanks"),
    MeaningKind.GREETING: _talk("greeting"),
    MeaningKind.PRAISE: _talk("praise"),
    MeaningKind.COMPLAINT: _talk("complaint"),
    MeaningKind.EMOJI_ONLY: _talk("emoji"),
    MeaningKind.UNKNOWN: lambda _values, _: None,
}


def _minute(values: _Values) -> int | None:
    minute = next((values[slot] for slot in ("time", "clock") if slot in values), None)
    return minute if isinstance(minute, int) else None
