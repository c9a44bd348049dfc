"""Privacy: what is kept about a person or a chat, the files of an export, and the question before it is erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator, gettext_noop
from domain.chat.message import Message
from domain.chat.text import Text, bold, join

ExportedRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table, each by the names of its columns."""

ERASE_CONFIRMED = "yes"
ERASE_DECLINED = "no"

TABLE_TITLES = {
    "subscribers": gettext_noop("This chat"),
    "schedules": gettext_noop("When the digest comes"),
    "content_preferences": gettext_noop("What the digest shows"),
    "deliveries": gettext_noop("What was sent"),
    "runs": gettext_noop("Broadcasts"),
    "payloads": gettext_noop("Texts of broadcasts"),
    "broadcasts": gettext_noop("Originals of broadcasts"),
    "run_messages": gettext_noop("Reports"),
    "roles": gettext_noop("Roles"),
    "admissions": gettext_noop("Whether you are let in"),
    "drafts": gettext_noop("Editions you sent in"),
    "audit_log": gettext_noop("Audit log"),
    "chat_administrators": gettext_noop("Groups and channels you look after"),
    "pins": gettext_noop("The pinned digest"),
    "forum_topics": gettext_noop("Topics of the group"),
    "slot_schedules": gettext_noop("When the other editions of a day come"),
    "setting_changes": gettext_noop("Changed settings"),
    "retry_after": gettext_noop("Until when Telegram wants nothing sent here"),
    "inbox": gettext_noop("Not handled yet"),
    "searches": gettext_noop("Last searches"),
    "saved_items": gettext_noop("Saved items"),
    "votes": gettext_noop("What you want more or less of"),
}
"""Titles of tables for people: of all those that hold something about somebody."""


def privacy_message(translate: Translator, *, is_private: bool, backup_days: int | None) -> Message:
    """Say what is kept, why, and for how long, with buttons to see it and to erase it."""
    title = translate("What I keep about you") if is_private else translate("What I keep about this chat")
    kept = (
        translate("The number of this chat at Telegram, so that I can write here. No names, no phone numbers."),
        translate("What was chosen here: time, time zone, weekdays, layout, language, categories, muted words."),
        translate("When this chat joined and when I last heard from it."),
        translate("The items that were saved here, until they are removed."),
        *([translate("What you wanted more or less of, until you take it back.")] if is_private else []),
        *([translate("Which groups and channels you look after, so that you find them here.")] if is_private else []),
        translate("Which digests and broadcasts I sent here and whether they arrived, so nothing is lost or doubled."),
    )
    times = join(
        "\n",
        (
            translate("Deliveries are deleted after 30 days. The rest stays until you erase it."),
            _backups(translate, backup_days),
        ),
    )
    nothing = translate(
        "What you write to me I answer and do not keep, but for the words of your last 20 searches, "
        "and I pass nothing on to anyone."
    )
    counted = translate("How often an item is opened by a button is counted, but not by whom or when.")
    rows = (
        (
            button("📄 " + translate("Send me all of it"), CommandName.EXPORT),
            button("🗑 " + translate("Erase all of it"), CommandName.ERASE),
        ),
    )
    return Message(
        join("\n\n", (bold("🔒 " + title), "\n".join(f"· {line}" for line in kept), times, counted, nothing)), rows
    )


def erase_question(translate: Translator, user_id: int, *, is_private: bool, backup_days: int | None) -> Message:
    """Ask before everything is erased; `user_id` asked for it."""
    question = (
        translate("Erase everything I keep about you?")
        if is_private
        else translate("Erase everything I keep about this chat?")
    )
    lines = (
        translate("The subscription ends, and all settings are gone. This cannot be undone."),
        translate("What stays is a number without an owner, so that the figures of past deliveries add up."),
        _backups(translate, backup_days),
        translate("A message that is on its way right now may still arrive."),
    )
    here = ReplyTarget.IN_PLACE
    rows = (
        (button("🗑 " + translate("Yes, erase it all"), CommandName.ERASE, ERASE_CONFIRMED, user_id, target=here),),
        (
            button("📄 " + translate("Send it to me first"), CommandName.EXPORT),
            button("✓ " + translate("No, keep everything"), CommandName.ERASE, ERASE_DECLINED, user_id, target=here),
        ),
    )
    return Message(join("\n\n", (bold(question), "\n".join(lines))), rows)


def erased_message(translate: Translator, *, is_private: bool, stands_in_settings: bool) -> Message:
    """Say that everything is erased. There are no buttons: a press would make the chat known again."""
    lines = [
        translate("Done. I no longer know you. Thank you for reading along!")
        if is_private
        else translate("Done. I no longer know this chat. Thank you for having me!"),
        translate("The messages above are Telegram's; you can delete them with the chat.")
        if is_private
        else translate("You can remove me from it now, or begin anew with /start."),
    ]
    if is_private:
        lines.append(translate("If you write to me again, we begin anew."))
    if stands_in_settings:
        lines.append(
            translate("You still stand in the settings as an owner; only the operator can change that (ADMIN_IDS).")
        )
    return Message(Text("\n".join(lines)))


def nothing_kept(translate: Translator) -> str:
    return translate("I keep nothing here, so there is nothing to show or to erase.")


def export_caption(translate: Translator) -> str:
    """Return the caption of the file for reading."""
    return translate("Everything I keep about this chat, for reading. The other file is the same for programs.")


def export_markdown(rows: ExportedRows, translate: Translator, now: datetime) -> bytes:
    """Return an export for reading: a heading for each table, a list for each row."""
    title = translate("What is kept about this chat")
    return "\n".join((f"# {title}", "", now.isoformat(timespec="seconds"), *_sections(rows, translate), "")).encode()


def export_json(rows: ExportedRows, now: datetime) -> bytes:
    """Return an export for programs: the rows by table and column, with UTF-8 texts."""
    exported = {
        "exported_at": now,
        "tables": {
            table: [{name: _plain(value) for name, value in row.items()} for row in listed]
            for table, listed in rows.items()
        },
    }
    return msgspec.json.format(msgspec.json.encode(exported), indent=2)


def _sections(rows: ExportedRows, translate: Translator) -> Iterator[str]:
    for table, listed in rows.items():
        yield from ("", f"## {translate(TABLE_TITLES[table])}")
        for row in listed:
            yield ""
            yield from (f"- {name}: {_line(value)}" for name, value in row.items() if value is not None)


def _line(value: Any) -> str:
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(_plain(value))
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _backups(translate: Translator, days: int | None) -> str:
    if days is None:
        return translate("Backups keep it until the operator deletes them.")
    return translate.ngettext("Backups keep it for up to {n} day.", "Backups keep it for up to {n} days.", days).format(
        n=days
    )
