"""Names of time zones for people, and the zones offered as buttons."""

from __future__ import annotations

import re

from babel import Locale
from babel.core import get_global

from domain.chat.i18n import LOCALES


def zone_name(zone: str, language: str) -> str:
    """Return a zone's name as people say it: `上海`, `Berlin`, `UTC+8`."""
    if match := re.fullmatch(r"Etc/GMT([+-])(\d+)", zone):
        return f"UTC{'−' if match[1] == '+' else '+'}{match[2]}"
    if zone.startswith("Etc/") or "/" not in zone:
        return zone.rsplit("/", maxsplit=1)[-1]
    return city_name(zone, LOCALES[language])


def city_name(zone: str, locale: str) -> str:
    """Return CLDR's name of a zone's city (it may be listed under a former id), else the last part of the id."""
    aliases = get_global("zone_aliases")
    newest = aliases.get(zone, zone)
    former = [old for old, new in aliases.items() if new == newest]
    names = Locale.parse(locale).time_zones
    cities = (names[zone_id].get("city") for zone_id in (zone, newest, *former) if zone_id in names)
    return next((city for city in cities if city), zone.rsplit("/", maxsplit=1)[-1].replace("_", " "))


BIG_CITIES = (
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/Moscow",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/London",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Australia/Sydney",
    "Pacific/Auckland",
)
"""The zones offered as buttons: from Shanghai westwards around the globe."""
