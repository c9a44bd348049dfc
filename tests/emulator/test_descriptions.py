"""setMyDescription and setMyShortDescription: a text for each language, within its limit."""

import pytest

from tests.emulator.conftest import BotApi

KINDS = {"description": ("setMyDescription", "getMyDescription", 512)} | {
    "short_description": ("setMyShortDescription", "getMyShortDescription", 120)
}


@pytest.mark.parametrize("kind", KINDS)
async def test_descriptions_of_each_language(api: BotApi, kind: str) -> None:
    change, read, most = KINDS[kind]
    assert await api.result(read) == {kind: ""}
    assert await api.result(change, **{kind: "早" * most, "language_code": "zh"}) is True
    await api.result(change, **{kind: "Good morning"})
    assert await api.result(read, language_code="zh") == {kind: "早" * most}
    assert await api.result(read) == {kind: "Good morning"}
    await api.result(change, **{kind: "", "language_code": "zh"})
    assert await api.result(read, language_code="zh") == {kind: ""}


@pytest.mark.parametrize("kind", KINDS)
async def test_refused_descriptions(api: BotApi, kind: str) -> None:
    change, _, most = KINDS[kind]
    assert (await api.error(change, **{kind: "x" * (most + 1)})).endswith("TOO_LONG")
    invalid = await api.error(change, **{kind: "x", "language_code": "zh-Hans"})
    assert invalid == "Bad Request: invalid language code specified"
