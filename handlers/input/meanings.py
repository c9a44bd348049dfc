"""What a text may mean: something people ask for or say, and its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class MeaningKind(StrEnum):
    """What people ask for, or say."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PAUSE = "pause"
    RESUME = "resume"
    STATUS = "status"
    SETTINGS = "settings"
    UNDO = "undo"
    TIME = "time"
    WEEKDAYS = "weekdays"
    WEEKDAYS_OFF = "weekdays_off"
    """Days to be taken from those on which the digest comes; that is known only where the schedule is."""
    ADD_WEEKDAYS = "add_weekdays"
    TIME_ZONE = "time_zone"
    ONLY = "only"
    MUTE = "mute"
    UNMUTE = "unmute"
    LANGUAGE = "language"
    LAYOUT = "layout"
    SOUND = "sound"
    TODAY = "today"
    LATEST = "latest"
    DAY = "day"
    ITEM = "item"
    ITEM_RANGE = "item_range"
    ITEM_LIST = "item_list"
    TURN = "turn"
    """The item before or after another one."""
    CATEGORIES = "categories"
    CATEGORY = "category"
    COMMENTARY = "commentary"
    SEARCH = "search"
    RECAP = "recap"
    SAVE = "save"
    SAVED = "saved"
    SHARE = "share"
    FEEDBACK_MORE = "feedback_more"
    FEEDBACK_LESS = "feedback_less"
    EXPORT_DATA = "export_data"
    ERASE_DATA = "erase_data"
    PRIVACY = "privacy"
    HELP = "help"
    WHO_ARE_YOU = "who_are_you"
    THANKS = "thanks"
    GREETING = "greeting"
    PRAISE = "praise"
    COMPLAINT = "complaint"
    EMOJI_ONLY = "emoji_only"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextMeaning:
    """What a text means. Values are by the names of the placeholders; words are as they were typed.

    It `is_guess` if nothing was understood: perhaps an edition has the words.
    """

    kind: MeaningKind
    values: Mapping[str, object] = field(default_factory=dict)
    is_guess: bool = False


def complete(kind: MeaningKind, values: Mapping[str, object], today: date) -> TextMeaning:
    """Return the meaning of a kind and its values. An edition of no named day is yesterday's."""
    if kind is MeaningKind.DAY and "day" not in values:
        return TextMeaning(kind, {**values, "day": today - timedelta(days=1)})
    if kind is MeaningKind.DAY and values["day"] == today:
        return TextMeaning(MeaningKind.TODAY)
    return TextMeaning(kind, values)
