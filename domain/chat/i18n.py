"""Translation of texts for people: gettext catalogues, with the English texts as keys.

The catalogues in `locale/` are `.po` files, read by Babel at start: a translator's change needs no build step.
"""

from __future__ import annotations

from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
"""The codes of the languages, as stored; the first is the default."""

_CATALOGUES = {"zh": "zh_Hans.po"}


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates into one language. Placeholders such as `{name}` stay: fill them by `format_text` or `str.format`."""

    language: str
    _catalogue: NullTranslations

    def __call__(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, more: str, n: int) -> str:
        """Return the translation in the grammatical number for `n`."""
        return self._catalogue.ngettext(one, more, n)


@dataclass(frozen=True, slots=True)
class Translations:
    """The translators of all languages, loaded once at start."""

    _translators: dict[str, Translator]

    @classmethod
    def load(cls) -> Translations:
        return cls({language: Translator(language, _read(language)) for language in LANGUAGES})

    def translator(self, language: str) -> Translator:
        """Return the translator for a stored language code."""
        return self._translators[language]


def gettext_noop(message: str) -> str:
    """Return the text itself. Marks a text for translation that is translated elsewhere."""
    return message


def language_for(tag: str) -> str:
    """Return the language for an app's IETF tag (`en-GB`): English for all but Chinese, the first one for no tag."""
    code = tag.lower().replace("_", "-").split("-")[0]
    if not code:
        return LANGUAGES[0]
    return code if code in LANGUAGES else "en"


def _read(language: str) -> NullTranslations:
    if language not in _CATALOGUES:
        return NullTranslations()
    source = (files("domain.chat") / "locale" / _CATALOGUES[language]).read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source)))
    compiled.seek(0)
    return GNUTranslations(compiled)
