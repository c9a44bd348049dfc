"""Checks of the way to Telegram: network and proxy, token, clock, webhook, admins. Only questions are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bot.doctor.findings import Finding, advice, bad, good
from bot.expected_errors import startup_error
from bot.settings import Settings
from domain.chat.i18n import gettext_noop, lazy_text
from transport.bot_api_client import BotApiClient
from transport.driver import AccessRefused, ApiCallFailed, TelegramUnreachable
from transport.drivers.api_session import CallFailed, read_result
from transport.responses import Response, TransportResult

READ_SECONDS = 10.0

MAX_CLOCK_ERROR_SECONDS = 30.0
"""Digests go out by this machine's clock."""

MAX_ADMINS_ASKED = 20


async def check_telegram(settings: Settings) -> AsyncIterator[Finding]:
    """Ask Telegram who the bot is, how it gets its updates, and whether it can write to its admins."""
    token, proxy = settings.bot_token.get_secret_value(), settings.proxy.proxy
    async with BotApiClient(settings.api_url, token, proxy=proxy, read_seconds=READ_SECONDS) as client:
        result = await client.call("getMe", b"{}")
        try:
            me = _decode(result)
        except (ApiCallFailed, AccessRefused) as error:
            yield _failure(settings, error)
            return
        host = urlsplit(settings.api_url).netloc
        if proxy:
            yield good("network", lazy_text("{host} answers through the {proxy}", host=host, proxy=str(settings.proxy)))
        else:
            yield good("network", lazy_text("{host} answers directly", host=host))
        yield good("token", f"@{me.get('username')} (id {me.get('id')})")
        for finding in [*_check_clock(result), *_check_groups(me), *_check_inline_mode(me)]:
            yield finding
        yield await _check_webhook(settings, client)
        async for finding in _check_admins(settings, client):
            yield finding


def _failure(settings: Settings, error: ApiCallFailed | AccessRefused) -> Finding:
    if isinstance(error, AccessRefused):
        return bad("token", startup_error(error, settings).text)
    host = urlsplit(settings.api_url).netloc
    if not isinstance(error, TelegramUnreachable):
        return bad(
            "network",
            lazy_text("{host} answers with an error ({problem})", host=host, problem=str(error)),
            lazy_text("try again in a minute"),
        )
    if settings.proxy.proxy is None:
        remedy = lazy_text(
            "check this machine's network; if this network blocks Telegram, set PROXY (docs/behind-a-firewall.md)"
        )
    else:
        remedy = lazy_text(
            "check the proxy that {source} names (docs/behind-a-firewall.md)", source=settings.proxy.source
        )
    return bad("network", lazy_text("{host} cannot be reached: {problem}", host=host, problem=str(error)), remedy)


def _check_clock(result: TransportResult) -> list[Finding]:
    sent_at = _server_time(result)
    if sent_at is None:
        return []
    ahead = (datetime.now(UTC) - sent_at).total_seconds()
    if abs(ahead) <= MAX_CLOCK_ERROR_SECONDS:
        return [good("clock", lazy_text("as Telegram's, within half a minute"))]
    template = (
        gettext_noop("{n:.0f} seconds ahead of Telegram's: digests come at the wrong time")
        if ahead > 0
        else gettext_noop("{n:.0f} seconds behind Telegram's: digests come at the wrong time")
    )
    text = lazy_text(template, n=abs(ahead))
    return [bad("clock", text, lazy_text("have the system set it: timedatectl set-ntp true"))]


def _server_time(result: TransportResult) -> datetime | None:
    """Return the time of an answer by its server's clock, or None if it does not tell."""
    if not isinstance(result, Response) or result.date is None:
        return None
    try:
        moment = parsedate_to_datetime(result.date)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_groups(me: Mapping[str, Any]) -> list[Finding]:
    if me.get("can_join_groups") is False:
        remedy = lazy_text("if groups are to subscribe: @BotFather, /setjoingroups")
        return [advice("groups", lazy_text("the bot cannot be added to groups"), remedy)]
    return [good("groups", lazy_text("the bot can be added to groups"))] if "can_join_groups" in me else []


def _check_inline_mode(me: Mapping[str, Any]) -> list[Finding]:
    if me.get("supports_inline_queries") is False:
        remedy = lazy_text("if people are to find items from any chat (@bot words): @BotFather, /setinline")
        return [advice("inline mode", lazy_text("is off"), remedy)]
    return [good("inline mode", lazy_text("is on"))] if "supports_inline_queries" in me else []


async def _check_webhook(settings: Settings, client: BotApiClient) -> Finding:
    try:
        info = _decode(await client.call("getWebhookInfo", b"{}"))
    except (ApiCallFailed, AccessRefused) as error:
        return advice(
            "updates",
            lazy_text("Telegram does not tell how it delivers updates ({problem})", problem=str(error)),
            lazy_text("try again in a minute"),
        )
    url, pending, reason = info.get("url") or "", info.get("pending_update_count", 0), info.get("last_error_message")
    if settings.webhook_url is None:
        if url:
            remedy = lazy_text("stop the program that set it; digestbot run removes it")
            return advice(
                "updates",
                lazy_text("a webhook is set at {host}, though WEBHOOK_URL is empty", host=urlsplit(url).netloc),
                remedy,
            )
        return good("updates", lazy_text("by long polling, {pending} wait", pending=pending))
    if url != settings.webhook_url:
        return advice(
            "updates", lazy_text("the webhook is not the one of WEBHOOK_URL"), lazy_text("digestbot run sets it")
        )
    if reason and pending:
        remedy = lazy_text("check the reverse proxy and its certificate (docs/operating.md, With a webhook)")
        return bad(
            "updates",
            lazy_text(
                "Telegram cannot reach the webhook, {pending} updates wait: {reason}", pending=pending, reason=reason
            ),
            remedy,
        )
    return good("updates", lazy_text("by the webhook, {pending} wait", pending=pending))


async def _check_admins(settings: Settings, client: BotApiClient) -> AsyncIterator[Finding]:
    if not settings.admin_ids:
        remedy = lazy_text("set ADMIN_IDS to your own Telegram id, which @userinfobot tells")
        yield advice("admins", lazy_text("nobody gets reports or can broadcast"), remedy)
        return
    unknown = []
    for admin in sorted(settings.admin_ids)[:MAX_ADMINS_ASKED]:
        try:
            _decode(await client.call("getChat", msgspec.json.encode({"chat_id": admin})))
        except (ApiCallFailed, AccessRefused):
            unknown.append(str(admin))
    if unknown:
        remedy = lazy_text("each has to press Start in the chat with the bot; or the id is wrong")
        yield advice("admins", lazy_text("the bot cannot write to {people}", people=", ".join(unknown)), remedy)
    else:
        yield good("admins", lazy_text("the bot can write to all {n}", n=len(settings.admin_ids)))


def _decode(result: TransportResult) -> dict[str, Any]:
    """Return the result of a call. Raises ApiCallFailed and AccessRefused."""
    try:
        decoded = msgspec.json.decode(read_result(result))
    except CallFailed as failure:
        raise failure.translate() from None
    if not isinstance(decoded, dict):
        raise ApiCallFailed("the result is not the Bot API's")
    return decoded
