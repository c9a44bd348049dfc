"""What people call the languages that the bot speaks: codes, tags, and names in any of these languages."""

from __future__ import annotations

from functools import cache

from babel import Locale

from domain.chat.i18n import LANGUAGES, LOCALES, SPOKEN, language_for
from domain.names import fold_name

_MORE_NAMES = {
    "zh": ("cn", "汉语", "简体", "普通话"),
    "zh-hant": ("traditional", "繁體", "繁体", "正體中文", "繁中"),
    "en": ("英语", "英文", "英語"),
}
"""Names that CLDR does not have, by the language's code; a language needs none."""


def find_language(name: str) -> str | None:
    """Return the code of the language that a person means: zh_TW, 繁體中文, Chinese; None for any other."""
    written = name.strip().lower()
    if written in LANGUAGES:
        return written
    known = _codes_by_name().get(fold_name(written))
    if known is not None or not written.isascii():
        return known
    primary = written.replace("_", "-").partition("-")[0]
    return language_for(written) if primary in map(_primary, LANGUAGES) else None


def short_name(language: str) -> str:
    """Return the name that all scripts of a language share, in the language itself: 中文."""
    locale = Locale.parse(LOCALES[language])
    return str(locale.languages.get(locale.language, locale.language))


@cache
def _codes_by_name() -> dict[str, str]:
    """Return the codes by folded name; a name that several share is that of the first."""
    codes: dict[str, str] = {}
    for language in SPOKEN:
        for name in (language.name, *_MORE_NAMES.get(language.code, ()), *_cldr_names(language.locale)):
            codes.setdefault(fold_name(name), language.code)
    return codes


def _cldr_names(locale: str) -> list[str]:
    """Return a language's names in all languages of the bot, with and without its script."""
    names = [Locale.parse(other).languages for other in LOCALES.values()]
    return [known[key] for key in (locale, _primary(locale)) for known in names if key in known]


def _primary(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0]
