"""Names of digest files: which ones are digests, which look like copies, and how a name is shown. Pure."""

from __future__ import annotations

import re
from datetime import date

_TEMPORARY_PREFIXES = (".", "~", "#")
"""Temporary, swap and lock files of editors, sync clients and uploads, ours included."""

_DATED = re.compile(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}(?!\d)")
_DOCUMENTS = (".doc", ".docx", ".odt", ".rtf", ".pdf", ".html", ".htm", ".mdx", ".mdown", ".mkd", ".text", ".pages")

_CHAT = "chat"

PASTED_NAME = "…"
"""Name of what was pasted as a text."""

_COPY = re.compile(
    r"""(?P<original>.+?)(?:
        \.sync-conflict-\d{8}-\d{6}(?:-\w+)?                    # Syncthing
      | [ ]\([^()]*(?:conflicted[ ]copy|冲突|衝突)[^()]*\)         # Dropbox, Nextcloud
      | _conflict-\d{8}-\d{6}                                   # ownCloud
      | [ ]?\(\d{1,3}\)                                         # browsers, Google Drive
      | [ ]?-[ ]?(?:副本|複本|copy)(?:[ ]?\(?\d{1,3}\)?)?          # Windows, WPS
      | [ ](?:copy|副本)(?:[ ]\d{1,3})?                          # macOS
      | (?:的副本|[ ]\(copy(?:[ ]\d{1,3})?\))                     # Linux desktops
    )\.(?P<suffix>md|markdown|txt)""",
    re.VERBOSE | re.IGNORECASE,
)


def is_digest_name(name: str) -> bool:
    """Return whether the bot reads a file of this name, unless it begins like a temporary file.

    `*.md` and `*.markdown` are, `*.txt` if it begins with a date: a folder may have other texts.
    """
    folded = name.lower()
    has_name = folded.endswith((".md", ".markdown")) or (folded.endswith(".txt") and _DATED.match(name) is not None)
    return has_name and not name.startswith(_TEMPORARY_PREFIXES)


def looks_like_digest(name: str) -> bool:
    """Return whether a file that is not read is probably meant as a digest: a document that begins with a date."""
    _, dot, suffix = name.lower().rpartition(".")
    is_document = dot + suffix in _DOCUMENTS or _DATED.fullmatch(name) is not None
    return is_document and _DATED.match(name) is not None and not is_digest_name(name)


def is_decodable(name: str) -> bool:
    """Return whether a file's name is valid UTF-8; another one can neither be stored nor sent."""
    return name.isascii() or not any("\udc80" <= character <= "\udcff" for character in name)


def is_copy_of(name: str, original: str) -> bool:
    """Return whether a name is one that sync clients and file managers give to a copy of `original`."""
    match = _COPY.fullmatch(name)
    return match is not None and f"{match['original']}.{match['suffix']}".lower() == original.lower()


def edition_file_name(day: date, language: str = "") -> str:
    """Return the name of the file for an edition's text in a language; '' for its original."""
    return f"{day}.{language}.md" if language else f"{day}.md"


def chat_source(day: date, language: str = "") -> str:
    """Return the path under which a text is stored that was published in the chat; no file of the folder has it."""
    return f"{_CHAT}/{edition_file_name(day, language)}"


def is_chat_source(path: str) -> bool:
    """Return whether an edition was published in the chat."""
    return path.startswith(f"{_CHAT}/")


def shown_name(name: str) -> str:
    """Return a file's name for people and logs: control, direction and undecodable characters appear as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in name
    )
