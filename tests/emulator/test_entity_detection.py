"""Detection of commands, mentions, hashtags, links and addresses in texts."""

import pytest

from emulator.entity_detection import detect_entities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("hi /help@digest_demo_bot.", [("bot_command", "/help@digest_demo_bot")]),
        ("/category 技术前沿", [("bot_command", "/category")]),
        ("a/b and 1/2 and //x", []),
        ("ask @some_one, not a@b", [("mention", "@some_one")]),
        ("#技术前沿 and #1", [("hashtag", "#技术前沿")]),
        ("$BTC rises, $btc does not", [("cashtag", "$BTC")]),
        ("see https://example.org/a?b=1#c.", [("url", "https://example.org/a?b=1#c")]),
        ("看https://example.org/新闻，好", [("url", "https://example.org/新闻，好")]),
        ("example.com and v1.2 and a.b", [("url", "example.com")]),
        ("write to me@example.org!", [("email", "me@example.org")]),
        ("😀 /help", [("bot_command", "/help")]),
    ],
)
def test_detected_entities(text: str, expected: list[tuple[str, str]]) -> None:
    units = text.encode("utf-16-le")
    pieces = [(e.type, units[2 * e.offset : 2 * e.end].decode("utf-16-le")) for e in detect_entities(text)]
    assert pieces == expected
