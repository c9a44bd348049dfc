"""Messages to bot admins about the digest folder and its files."""

from __future__ import annotations

from datetime import date

from domain.chat.i18n import Translator, gettext_noop
from domain.chat.message import Message
from domain.chat.text import Text, bold, format_text, join
from domain.folder_problems import FileProblem, FolderProblem
from views.dates import format_full_day

_FOLDER_REASONS = {
    FolderProblem.MISSING: gettext_noop("It is gone: renamed, deleted, or its disk is not mounted."),
    FolderProblem.NOT_A_FOLDER: gettext_noop("There is a file in its place."),
    FolderProblem.FORBIDDEN: gettext_noop("The bot may not open it any more: check its owner and permissions."),
    FolderProblem.HANGS: gettext_noop("Opening it takes for ever: is the network share or its server away?"),
    FolderProblem.EMPTIED: gettext_noop("An empty folder has taken its place: is its disk not mounted?"),
    FolderProblem.TOO_MANY_FILES: gettext_noop("It holds more than 20,000 digests: move old ones away."),
    FolderProblem.UNREADABLE: gettext_noop("The system reports an error when reading it; check the disk."),
}

_FILE_REASONS = {
    FileProblem.NOT_A_FILE: gettext_noop("It is not a file but a folder, a pipe, a socket or a device."),
    FileProblem.LEADS_OUTSIDE: gettext_noop(
        "It is a link to a place outside the folder: put a copy of the file there."
    ),
    FileProblem.LEADS_NOWHERE: gettext_noop("It is a link that leads nowhere."),
    FileProblem.BAD_NAME: gettext_noop("Its name is not valid UTF-8: rename it, for example to 2025-09-12.md."),
    FileProblem.OTHER_ENDING: gettext_noop("Its name must end in .md, .markdown or .txt: save it as Markdown."),
    FileProblem.FORBIDDEN: gettext_noop("The bot may not read it: check its owner and permissions."),
    FileProblem.HANGS: gettext_noop("Reading it takes for ever: is it on a network share that is away?"),
    FileProblem.UNREADABLE: gettext_noop("The system reports an error when reading it; check the disk."),
    FileProblem.CHANGING: gettext_noop("It has been changing for ten minutes, so the bot still waits for its end."),
    FileProblem.FAILED: gettext_noop("Storing it failed, and the bot keeps trying; the log has the reason."),
}


def folder_unavailable_notice(folder: str, problem: FolderProblem, translate: Translator) -> Message:
    """Return the message that no digest can be read, and why."""
    return _paragraphs(
        format_text(translate("⚠️ The bot cannot read the digest folder {folder}."), {"folder": bold(folder)}),
        Text(translate(_FOLDER_REASONS[problem])),
        Text(translate("What was published stays as it is. As soon as the folder is back, the bot goes on by itself.")),
    )


def folder_back_notice(folder: str, translate: Translator) -> Message:
    """Return the message that digests are read again."""
    return Message(
        format_text(
            translate("✅ The digest folder {folder} is back; the bot reads it again."), {"folder": bold(folder)}
        )
    )


def unread_file_notice(file: str, problem: FileProblem, translate: Translator) -> Message:
    """Return the message that a file of the folder is not read, and why."""
    return _paragraphs(
        format_text(translate("⚠️ {file} was not published."), {"file": bold(file)}),
        Text(translate(_FILE_REASONS[problem])),
    )


def two_files_notice(file: str, other: str, day: date, translate: Translator) -> Message:
    """Return the message that a file was not published because another one holds the same edition."""
    names: dict[str, Text | str | int] = {
        "file": bold(file),
        "other": bold(other),
        "date": format_full_day(day, translate),
    }
    return _paragraphs(
        format_text(translate("⚠️ {file} was not published."), {"file": bold(file)}),
        format_text(
            translate("{file} and {other} both hold the edition of {date}. The one from {other} stays published."),
            names,
        ),
        format_text(
            translate("To correct the edition, change {other}. To use {file} instead, delete or move {other}."), names
        ),
    )


def former_content_notice(file: str, day: date, translate: Translator) -> Message:
    """Return the message that a file was not published because it holds what an edition was before a correction."""
    return _paragraphs(
        format_text(translate("⚠️ {file} was not published."), {"file": bold(file)}),
        format_text(
            translate("It holds an earlier text of the edition of {date}: this machine's folder may lag behind."),
            {"date": format_full_day(day, translate)},
        ),
        Text(translate("To go back to the earlier text, change something else in the file as well.")),
    )


def _paragraphs(*texts: Text) -> Message:
    return Message(join("\n\n", texts))
