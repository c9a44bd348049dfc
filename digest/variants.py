"""Language variants: which of an edition's texts is the original, and what readers of other languages miss. Pure.

text -> place: the original, or the variant of its language -> edition of all its texts
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from digest.model import Digest
from domain.chat.i18n import LANGUAGES
from domain.file_names import is_chat_source
from domain.text_language import primary_language


@dataclass(frozen=True, slots=True)
class Placement:
    """What a text is of its edition: the variant of a language, or the original ('').

    `demotes`: the stored original becomes the variant of its own language.
    """

    language: str = ""
    demotes: bool = False


def place(text: Digest, path: str, original: Digest | None, original_path: str, default_language: str) -> Placement:
    """Return what a text of a file is, beside the original that is stored from another file, or the same.

    A text that names no language is the original, else the one in the newsletter's language, else the one that came
    first; a file whose name has another language never is.
    """
    rank = _rank(text, default_language)
    if original is None:
        return Placement("" if rank else text.language)
    if original_path == path or text.language == original.language:
        return Placement()
    if not text.language and is_chat_source(path):
        return Placement()
    if rank > _rank(original, default_language):
        return Placement(demotes=True)
    return Placement(text.language)


def _rank(text: Digest, default_language: str) -> int:
    """Return what decides which of two texts is the original; 0 if it cannot be."""
    if not text.language:
        return 3
    if text.language == default_language:
        return 2
    return 0 if text.is_language_in_name else 1


def join_texts(
    original: Digest, variants: Iterable[Digest], *, offered: Collection[str], default_language: str
) -> Digest:
    """Return the edition of an original and its variants. `offered` are the languages of the last editions' variants.

    A language is missed by its readers if the newsletter offers it, or if they may not read the original's: that is
    the one that it names, else the newsletter's, unless a variant is in that one.
    """
    variants = tuple(sorted(variants, key=lambda variant: variant.language))
    if not variants and not offered:
        return original
    written = {variant.language for variant in variants}
    own = original.language or ("" if default_language in written else default_language)
    readable = {primary_language(language) for language in (own, *written) if language}
    missing = [
        language
        for language in LANGUAGES
        if language not in (own, *written)
        and (language in offered or (variants and own and primary_language(language) not in readable))
    ]
    return replace(original, assumed_language=own, variants=variants, missing_languages=tuple(missing))
