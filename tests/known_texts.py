"""Note texts that are translated although no catalogue has them, so that the test that met one fails.

A dialogue compares the words that it is about; a misspelt text beside them would only stay in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from domain.chat.commands import COMMANDS
from domain.chat.i18n import Translator


@contextmanager
def noting_unknown_texts() -> Iterator[list[tuple[str, ...]]]:
    """Yield a list to which all translators add what the catalogue of the default language has not."""
    unknown: list[tuple[str, ...]] = []
    known = _known_texts()
    translate, translate_number = Translator.__call__, Translator.ngettext

    def call(self: Translator, message: str) -> str:
        unknown.extend({(message,)} - known)
        return translate(self, message)

    def ngettext(self: Translator, one: str, more: str, n: int) -> str:
        unknown.extend({(one, more)} - known)
        return translate_number(self, one, more, n)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Translator, "__call__", call)
        patch.setattr(Translator, "ngettext", ngettext)
        yield unknown


@cache
def _known_texts() -> frozenset[tuple[str, ...]]:
    catalogue = read_po(BytesIO((files("domain.chat") / "locale" / "zh_Hans.po").read_bytes()))
    texts = {(entry.id,) if isinstance(entry.id, str) else tuple(entry.id) for entry in catalogue if entry.id}
    # An argument such as 3 or 08:30 says the same in each language.
    return frozenset(texts | {(command.argument,) for command in COMMANDS})
