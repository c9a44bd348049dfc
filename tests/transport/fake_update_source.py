"""An update source whose updates are plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from domain.chat.action import Action
from transport.driver import IncomingUpdate, Raw


class FakeUpdateSource(Generic[Raw]):
    """Base of the fakes; a test overrides the methods that it uses."""

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Raw]]:
        raise AssertionError("this test does not poll")

    def decode(self, body: bytes) -> IncomingUpdate[Raw]:
        raise AssertionError("this test has no webhook")

    async def dispatch(self, raw: Raw) -> Sequence[Action]:
        return []

    async def execute(self, action: Action) -> int | None:
        raise AssertionError("this test answers nothing")

    async def on_flood(self, raw: Raw) -> Sequence[Action]:
        return []
