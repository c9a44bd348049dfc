"""A digest's name and language, as its newest edition tells."""

from __future__ import annotations

import pytest

from domain.chat.i18n import Translations
from tests.digest.editions import digest, edition, item
from views.digest_name import content_language, digest_line, digest_name

ZH, EN = Translations.load().translator("zh"), Translations.load().translator("en")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("2025.09.12 全球AI新闻速递", "全球AI新闻速递"),
        ("AI morning news – 2025-09-12", "AI morning news"),
        ("【早报】2025年9月12日", "早报"),
        ("9月12日早报", "早报"),
        ("2025-09-12", ""),
        ("", ""),
    ],
)
def test_name_is_the_title_without_its_date(title: str, name: str) -> None:
    assert digest_name(digest(item(1), title=title)) == name


def test_language_of_the_texts() -> None:
    assert content_language(edition()) == "zh"
    assert content_language(digest(item(1, "OpenAI and Oracle sign a deal.", headline="A deal"))) == "en"
    assert content_language(digest(item(1, "", headline="2025"))) == ""


def test_language_is_named_where_it_is_not_the_readers() -> None:
    english = digest(item(1, "A long text in English.", headline="A deal"), title="Morning News")
    assert digest_line(edition(), ZH) == digest_name(edition())
    assert digest_line(edition(), EN).endswith(" (written in Chinese)")
    assert digest_line(english, ZH) == "Morning News（内容是英文）"
    assert digest_line(None, ZH) == ""
