"""What can be wrong with the digest folder, and with a file in it."""

from __future__ import annotations

from enum import StrEnum


class FolderProblem(StrEnum):
    """Why no file of the digest folder can be read."""

    MISSING = "missing"
    """It was renamed, deleted or unmounted."""
    NOT_A_FOLDER = "not_a_folder"
    FORBIDDEN = "forbidden"
    """The bot may not list it."""
    HANGS = "hangs"
    """Listing it does not end, as on a network mount whose server is away."""
    EMPTIED = "emptied"
    """Another folder stands in its place, and it is empty: probably a mount point without its disk."""
    TOO_MANY_FILES = "too_many_files"
    UNREADABLE = "unreadable"
    """The operating system reports another error."""


class FileProblem(StrEnum):
    """Why a file of the digest folder is not read."""

    NOT_A_FILE = "not_a_file"
    """A folder, a named pipe, a socket or a device."""
    LEADS_OUTSIDE = "leads_outside"
    """A symbolic link to a place outside the folder."""
    LEADS_NOWHERE = "leads_nowhere"
    """A symbolic link to a file that does not exist, or to itself."""
    BAD_NAME = "bad_name"
    """Its name is not valid UTF-8."""
    OTHER_ENDING = "other_ending"
    """It is a document that begins with a date, and its name ends otherwise than digests do."""
    FORBIDDEN = "forbidden"
    """The bot may not read it."""
    HANGS = "hangs"
    """Reading it does not end."""
    UNREADABLE = "unreadable"
    """The operating system reports another error."""
    CHANGING = "changing"
    """It changes while it is read, or again and again, so that it never counts as complete."""
    FAILED = "failed"
    """It was read, but storing it failed; the log has the reason."""
