"""The command `digestbot audit`: who did what with the bots, newest first; times are those of the set zone."""

from __future__ import annotations

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.open_database import open_beside
from bot.printing import echo_json, print_sentence, print_translated
from bot.settings import Settings
from bot.startup_errors import print_errors
from domain.audit import ERASED, OPERATOR, AuditEntry
from storage import audit, bots
from views.audit import entry_in_words


def show_audit_log(settings: Settings, *, as_json: bool) -> int:
    """Print the entries of all bots, as lines or as one JSON object."""
    try:
        entries = asyncio.run(_collect(settings))
    except EXPECTED as error:
        failure = startup_error(error, settings)
        print_errors([failure])
        return failure.exit_code
    if as_json:
        echo_json({"entries": [_as_object(name, entry) for name, entry in entries]})
    else:
        for name, entry in entries:
            at = entry.at.astimezone(ZoneInfo(settings.timezone))
            print_sentence(f"{at:%Y-%m-%d %H:%M}  {name}  {entry_in_words(entry, translator())}")
        if not entries:
            print_translated("nothing is recorded yet")
    return ExitCode.SUCCESS


async def _collect(settings: Settings) -> list[tuple[str, AuditEntry]]:
    entries: list[tuple[str, AuditEntry]] = []
    async with open_beside(settings.database) as database:
        async with database.read() as tx:
            stored = await bots.get_all(tx)
        for bot in stored:
            async with database.for_bot(bot.id).read() as tx:
                entries += [(bot.name, entry) for entry in await audit.newest(tx)]
    return sorted(entries, key=lambda one: one[1].at, reverse=True)


def _as_object(bot: str, entry: AuditEntry) -> dict[str, Any]:
    """Return an entry without what it says nothing about; an erased person is `erased`, a command's `operator`."""
    people = {"actor": entry.actor, "person": entry.person}
    others = {"run": entry.run_id, "edition": entry.edition and str(entry.edition), "detail": entry.detail or None}
    named = {ERASED: "erased", OPERATOR: "operator"}
    shown = {name: value if value is None else named.get(value, value) for name, value in people.items()} | others
    about = {name: value for name, value in shown.items() if value is not None}
    return {"at": entry.at.isoformat(timespec="seconds"), "bot": bot, "action": entry.action.value, **about}
