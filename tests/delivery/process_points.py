"""Points of the program at which a test lets something happen to its process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


def call_before(act: Callable[[], None], owner: Any, name: str) -> None:
    """Let `act` be called before each call of a coroutine function of a module or class."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def acting(*args: Any, **kwargs: Any) -> Any:
        act()
        return await original(*args, **kwargs)

    setattr(owner, name, acting)


def call_after(act: Callable[[], None], owner: Any, name: str) -> None:
    """Let `act` be called after each call of a coroutine function that returns."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def acting(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        act()
        return result

    setattr(owner, name, acting)
