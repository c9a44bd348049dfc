"""What admins read of a file that cannot be published: in their own language, with what is quoted left as it is."""

from __future__ import annotations

from bot.publisher import refusal
from chat.texts import Texts
from digest.parse import parse

TEXTS = Texts.load()


def test_a_refusal_says_in_each_language_where_what_and_how() -> None:
    (digest,) = parse("---\ntitle: 早报\n---\n\n只有一段话。\n".encode(), name="notes.md")
    chinese = refusal("notes.md", digest, TEXTS.say("zh")).text.plain
    assert "第 1 行" in chinese
    assert "没有日期，无法发布：请在文件头写上 date: 2025-09-12。 [D110-no-date]" in chinese
    assert "There is" not in chinese
    english = refusal("notes.md", digest, TEXTS.say("en")).text.plain
    assert "There is no date, so it cannot be published" in english
    assert "No items were found" in english
