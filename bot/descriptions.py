"""Say before anybody starts the bot what it brings: its description and short description, in each language.

A text that somebody else has set, as with @BotFather, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from digest.model import Digest
from domain.chat.i18n import LANGUAGES, Translations, Translator
from domain.subscription.admission import AdmissionPolicy
from storage import admissions, digests, kv
from storage.database import Database
from transport.driver import AccessRefused, ApiCallFailed, DescriptionKind
from views.command_menu import is_menu_language
from views.descriptions import description, short_description

log = structlog.get_logger(__name__)

_TEXTS: Mapping[DescriptionKind, Callable[[Digest | None, Translator], str]] = {
    DescriptionKind.LONG: description,
    DescriptionKind.SHORT: short_description,
}


class DescriptionAccess(Protocol):
    """What a driver offers of it."""

    async def description(self, kind: DescriptionKind, language: str) -> str: ...

    async def set_description(self, kind: DescriptionKind, language: str, text: str) -> None: ...


class Descriptions:
    """The bot's descriptions, set once after the start; what fails is tried again at the next."""

    def __init__(
        self,
        driver: DescriptionAccess,
        database: Database,
        translations: Translations,
        now: Callable[[], datetime],
        *,
        admission_policy: AdmissionPolicy = AdmissionPolicy.ANYONE,
    ) -> None:
        self._driver = driver
        self._database = database
        self._translations = translations
        self._now = now
        self._admission_policy = admission_policy

    async def run(self) -> None:
        """Set each text that is empty or was set by the bot, unless it says already what it should.

        Strangers read them: of a digest that is not for anyone they tell no name.
        """
        try:
            await self._set_texts()
        except (ApiCallFailed, AccessRefused) as error:
            log.info("description_not_set", reason=str(error))
        except Exception:
            log.exception("description_not_set")

    async def _set_texts(self) -> None:
        async with self._database.read() as tx:
            policy = await admissions.policy(tx, default=self._admission_policy)
            is_open = policy is AdmissionPolicy.ANYONE
            newest = await digests.newest_published(tx, now=self._now()) if is_open else None
        codes = ["", *filter(is_menu_language, LANGUAGES)]
        for kind, text in _TEXTS.items():
            wanted = {code: text(_text(newest, code), self._translations.translator(code or "en")) for code in codes}
            await self._set_all(kind, wanted)

    async def _set_all(self, kind: DescriptionKind, wanted: Mapping[str, str]) -> None:
        """Set the texts of one kind. Telegram may show the one of all languages where a language has none."""
        async with self._database.read() as tx:
            stored = {code: await kv.get(tx, _name(kind, code)) for code in wanted}
        own = {"", *wanted.values(), *stored.values()}
        for code, text in wanted.items():
            current = await self._driver.description(kind, code)
            if current not in own or current == text:
                continue
            await self._driver.set_description(kind, code, text)
            async with self._database.write() as tx:
                await kv.put(tx, _name(kind, code), text)


def _text(newest: Digest | None, code: str) -> Digest | None:
    return None if newest is None else newest.in_language(code or "en")


def _name(kind: DescriptionKind, code: str) -> str:
    return f"{kind.value}:{code}"
