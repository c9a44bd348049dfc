"""Have the charts of an answer drawn, outside of its transaction: drawing takes its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from domain.chat.action import Action, Send, SendChart
from domain.chat.chart import Chart

DrawChart = Callable[[Chart], Awaitable[bytes | None]]


async def with_pictures(actions: Iterable[Action], draw: DrawChart) -> list[Action]:
    """Return the actions with the pictures of their charts; a chart that is not drawn becomes its numbers."""
    return [await _drawn(action, draw) if isinstance(action, SendChart) else action for action in actions]


async def _drawn(action: SendChart, draw: DrawChart) -> Action:
    picture = await draw(action.chart)
    return Send(action.chat_id, action.if_not_drawn) if picture is None else replace(action, picture=picture)
