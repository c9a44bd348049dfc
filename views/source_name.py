"""How people are told which file, or message, an edition was read from."""

from __future__ import annotations

from domain.chat.i18n import Translator
from domain.file_names import PASTED_NAME, shown_name


def source_name(name: str, translate: Translator, *, is_own: bool) -> str:
    """Return the name of a file, or what stands for a pasted text, which may be the reader's own."""
    if name != PASTED_NAME:
        return shown_name(name)
    return translate("your message") if is_own else translate("a pasted message")
