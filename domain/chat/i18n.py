"""Translation of texts for people: gettext catalogues, with the English texts as keys.

The catalogues in `locale/` are `.po` files, read by Babel when a language is first spoken: a translator's change needs
no build step, and a new file is a new language (`new_catalogue` writes it). `zh_Hant.po` is for CLDR's locale of that
name; its header tells the language's own name. A text without a translation is shown in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, unescape

CATALOGUES = Path(__file__).with_name("locale")
_NAME = re.compile(r'^"X-Language-Name: (.+)\\n"$', re.MULTILINE)
DEFAULT_LOCALE, _DEFAULT_CODE = "zh_Hans", "zh"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the bot speaks: its code, as stored, CLDR's locale, and its own name."""

    code: str
    locale: str
    name: str


ENGLISH = Language("en", "en", "English")


def read_languages(folder: Path = CATALOGUES) -> tuple[Language, ...]:
    """Return the languages that have a catalogue, the default first, and English last, which needs none.

    Raises:
        ValueError: a catalogue does not tell the name of its language.
    """
    locales = {file.stem: file for file in folder.glob("*.po")}
    languages = []
    for locale in sorted(locales, key=lambda locale: (locale != DEFAULT_LOCALE, locale)):
        name = _NAME.search(locales[locale].read_text(encoding="utf-8"))
        if name is None:
            raise ValueError(f"{locale}.po: no X-Language-Name in the header")
        code = _DEFAULT_CODE if locale == DEFAULT_LOCALE else locale.lower().replace("_", "-")
        languages.append(Language(code, locale, unescape(f'"{name[1]}"')))
    return (*languages, ENGLISH)


SPOKEN = read_languages()
LANGUAGES = tuple(language.code for language in SPOKEN)
"""The codes of the languages, as stored; the first is the default."""

LANGUAGE_NAMES = {language.code: language.name for language in SPOKEN}
"""Each language by its own name, so that those who read it find it."""

LOCALES = {language.code: language.locale for language in SPOKEN}
"""CLDR's locale by language code."""


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates into one language. Placeholders such as `{name}` stay: fill them by `format_text` or `str.format`."""

    language: str
    _catalogue: NullTranslations
    texts: frozenset[str] = frozenset()
    """What the catalogue translates, in English."""

    def __call__(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, more: str, n: int) -> str:
        """Return the translation in the grammatical number for `n`."""
        return self._catalogue.ngettext(one, more, n)


UNTRANSLATED = Translator(ENGLISH.code, NullTranslations())
"""Leaves each text as it is, in English."""


@dataclass(frozen=True, slots=True)
class Translations:
    """The translators of all languages. A catalogue is read once per process, when its language is first asked for."""

    _folder: Path
    _languages: Mapping[str, Language]

    @classmethod
    def load(cls, folder: Path = CATALOGUES) -> Translations:
        spoken = SPOKEN if folder == CATALOGUES else read_languages(folder)
        return cls(folder, {language.code: language for language in spoken})

    def translator(self, language: str) -> Translator:
        """Return the translator for a stored language code."""
        return _read(self._folder, self._languages[language])


class LazyText(str):
    """An English text that is translated where it is shown, such as the message of an exception.

    JSON takes none: msgspec refuses a subclass of str, so a text that nobody has translated fails, and is not sent.
    """

    template: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        """Return the text itself, so that an exception's message stays translatable."""
        return self


def lazy_text(template: str, **values: object) -> LazyText:
    """Return the template with its `{names}` filled in, to be translated later by `translated`."""
    text = LazyText(template.format(**values))
    text.template, text.values = template, values
    return text


def translated(text: str, translate: Translator) -> str:
    """Return a lazy text in the translator's language, with the lazy texts in it; any other text as it is."""
    if not isinstance(text, LazyText):
        return text
    values = {
        name: translated(value, translate) if isinstance(value, str) else value for name, value in text.values.items()
    }
    return translate(text.template).format(**values)


def require_translated(text: str) -> None:
    """Raise a TypeError for a lazy text: people would read it in English, and no JSON takes it."""
    if isinstance(text, LazyText):
        raise TypeError(f"translate this text before it is shown: {text!r}")


def joined(texts: Iterable[str]) -> str:
    """Return texts as one, with the mark between them that each language has for that."""
    return reduce(lambda first, second: lazy_text("{first}; {second}", first=first, second=second), texts)


def gettext_noop(message: str) -> str:
    """Return the text itself. Marks a text for translation that is translated elsewhere."""
    return message


def language_for(tag: str, languages: Iterable[Language] = SPOKEN) -> str:
    """Return the language for an app's IETF tag (`en-GB`, `zh-TW`): English for all others, the first for no tag.

    One that is written in several scripts is found by the script that the tag names, or that its region uses.
    """
    if not tag:
        return next(iter(languages)).code
    code, script = _code_and_script(tag)
    own = [language for language in languages if _code_and_script(language.locale)[0] == code]
    exact = (language for language in own if _code_and_script(language.locale)[1] == script)
    return next(exact, own[0] if own else ENGLISH).code


def script_of(language: str) -> str:
    """Return the script that a stored language is written in, by ISO 15924: `Hans`, `Latn`."""
    return _code_and_script(LOCALES[language])[1]


@lru_cache(maxsize=256)
def _code_and_script(tag: str) -> tuple[str, str]:
    """Return the language and the script of a tag, the likely script if it names none."""
    code, *others = tag.lower().replace("_", "-").split("-")
    named = next((part.title() for part in others if len(part) == 4), "")
    region = next((part.upper() for part in others if len(part) == 2), "")
    likely = get_global("likely_subtags")
    full = str(likely.get(f"{code}_{region}", likely.get(code, "")))
    return code, named or next((part for part in full.split("_")[1:] if len(part) == 4), "")


@cache
def _read(folder: Path, language: Language) -> Translator:
    if language == ENGLISH:
        return UNTRANSLATED
    catalogue = read_po(BytesIO((folder / f"{language.locale}.po").read_bytes()))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    texts = frozenset(message.id for message in catalogue if isinstance(message.id, str) and message.id)
    return Translator(language.code, GNUTranslations(compiled), texts)
