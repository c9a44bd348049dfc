"""Words for people: an English text in, the same in the reader's language out (gettext catalogues, read by Babel).

The catalogues are the `.po` files themselves, so that a translator's change needs no build step.
"""

from __future__ import annotations

from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
"""The codes of the languages there are, as stored; the first is for those whose app names none."""

_CATALOGUES = {"zh": "zh_Hans.po"}


@dataclass(frozen=True, slots=True)
class Translator:
    """One language's words. Templates keep their `{names}`: fill them with `domain.chat.text.fill` or `str.format`."""

    language: str
    _words: NullTranslations

    def __call__(self, message: str) -> str:
        return self._words.gettext(message)

    def ngettext(self, one: str, more: str, n: int) -> str:
        """The form of the template that goes with the number `n`."""
        return self._words.ngettext(one, more, n)


@dataclass(frozen=True, slots=True)
class Translations:
    """All languages' words, read once at start."""

    _says: dict[str, Translator]

    @classmethod
    def load(cls) -> Translations:
        return cls({language: Translator(language, _read(language)) for language in LANGUAGES})

    def translator(self, language: str) -> Translator:
        """The words of a stored language code."""
        return self._says[language]


def gettext_noop(message: str) -> str:
    """The text itself, marked for translators where it stands apart from the Say that will speak it."""
    return message


def language_for(tag: str) -> str:
    """The language for an app's IETF tag (`en-GB`): English for those who read no Chinese, Chinese for no tag."""
    spoken = tag.lower().replace("_", "-").split("-")[0]
    return spoken if spoken in LANGUAGES else "en" if spoken else LANGUAGES[0]


def _read(language: str) -> NullTranslations:
    if language not in _CATALOGUES:
        return NullTranslations()
    source = (files("domain.chat") / "locale" / _CATALOGUES[language]).read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale="zh_Hans"))
    compiled.seek(0)
    return GNUTranslations(compiled)
