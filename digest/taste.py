"""What somebody wants of a digest: people who want the same share one rendering."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How much is open to the eye: headlines with folded details, or everything."""

    HEADLINES = "headlines"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Taste:
    """The form, the language (`chat.texts.LANGUAGES`), and the categories by name; None for all of them."""

    form: Form = Form.HEADLINES
    language: str = "zh"
    categories: frozenset[str] | None = None
