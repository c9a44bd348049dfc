"""What a handler has at hand besides what was asked: the transaction, the moment, the subscriber, the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.chat.i18n import Translations, Translator
from domain.subscription.calendar import Schedule
from domain.subscription.subscriber import Subscriber
from handlers.input.time_zones import TimeZoneLookup
from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Services:
    """What is the same for everybody. `morning` is the schedule of those who have not chosen one."""

    translations: Translations
    time_zones: TimeZoneLookup
    admins: frozenset[int]
    default_schedule: Schedule
    default_language: str = "zh"


@dataclass(frozen=True, slots=True)
class Context:
    """One event's surroundings. `say` speaks the subscriber's language; `admin`: whether an admin of the bot asks."""

    tx: Tx
    now: datetime
    services: Services
    subscriber: Subscriber
    translate: Translator
    is_bot_admin: bool
