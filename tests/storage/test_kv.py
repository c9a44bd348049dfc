"""Values by name."""

from __future__ import annotations

from storage import kv
from storage.database import Tx


async def test_value_replaces_the_former_one_of_its_name(tx: Tx) -> None:
    assert await kv.get(tx, "a") is None
    await kv.put(tx, "a", "1")
    await kv.put(tx, "b", "2")
    await kv.put(tx, "a", "3")
    assert (await kv.get(tx, "a"), await kv.get(tx, "b")) == ("3", "2")
    await kv.remove(tx, "a")
    assert (await kv.get(tx, "a"), await kv.get(tx, "b")) == (None, "2")
