"""The command `digestbot audit`: who did what with the bots, newest last; times are those of the set zone."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.bots_commands import choose_bot, run_command
from bot.cli_language import translator
from bot.printing import echo_json, print_sentence, print_translated
from bot.settings import Settings
from domain.audit import ERASED, OPERATOR, AuditEntry
from domain.delivery.broadcast import Broadcast
from storage import audit, bots, broadcasts
from storage.database import Database
from views.audit import entry_in_words


def show_audit_log(settings: Settings, *, since: date | None, limit: int | None, bot: str | None, as_json: bool) -> int:
    """Print the entries of all bots or of one, as lines or as one JSON object; the `limit` newest from a day on."""
    zone = ZoneInfo(settings.timezone)
    first = None if since is None else datetime.combine(since, time(), zone)

    async def collect(database: Database) -> tuple[list[tuple[str, AuditEntry]], dict[int, Broadcast]]:
        """Return the entries, the newest first, and the broadcasts of runs by their ids."""
        entries: list[tuple[str, AuditEntry]] = []
        named: dict[int, Broadcast] = {}
        async with database.read() as tx:
            stored = await bots.get_all(tx)
        for one in stored if bot is None else [await choose_bot(database, bot)]:
            async with database.for_bot(one.id).read() as tx:
                entries += [(one.name, entry) for entry in await audit.newest(tx, count=limit, since=first)]
                named |= await broadcasts.of_runs(tx)
        return sorted(entries, key=lambda found: found[1].at, reverse=True)[:limit], named

    def show(collected: tuple[list[tuple[str, AuditEntry]], dict[int, Broadcast]]) -> None:
        entries, named = collected
        if as_json:
            echo_json({"entries": [_as_object(name, entry) for name, entry in entries]})
            return
        for name, entry in reversed(entries):
            at = entry.at.astimezone(zone)
            print_sentence(f"{at:%Y-%m-%d %H:%M}  {name}  {entry_in_words(entry, translator(), named)}")
        if not entries and since is not None:
            print_translated("nothing is recorded from that day on")
        elif not entries:
            print_translated("nothing is recorded yet")

    return run_command(settings, collect, show)


def _as_object(bot: str, entry: AuditEntry) -> dict[str, Any]:
    """Return an entry without what it says nothing about; an erased person is `erased`, a command's `operator`."""
    people = {"actor": entry.actor, "person": entry.person}
    others = {"run": entry.run_id, "edition": entry.edition and str(entry.edition), "detail": entry.detail or None}
    named = {ERASED: "erased", OPERATOR: "operator"}
    shown = {name: value if value is None else named.get(value, value) for name, value in people.items()} | others
    about = {name: value for name, value in shown.items() if value is not None}
    return {"at": entry.at.isoformat(timespec="seconds"), "bot": bot, "action": entry.action.value, **about}
