"""A digest's name and language, as its newest edition tells."""

from __future__ import annotations

import pytest

from domain.chat.i18n import Translations
from tests.digest.editions import digest, edition, item
from views.digest_name import content_script, digest_line, digest_name

ZH, EN = Translations.load().translator("zh"), Translations.load().translator("en")


NAMES = {
    "": ["", "—", "【】"],
    "日报": [
        "2026-11-23 日报",
        "2026-11-23日报",
        "2026.11.24 日报",
        "2026/11/24 日报",
        "2026_11_24 日报",
        "日报 2026-11-24",
        "【日报】2026.11.24",
        "20261124日报",
        "2026年11月24日 日报",
        "2026年11月24日日报",
        "2026年11月24日报",
        "2026年11月24 日报",
        "2026 年 11 月 24 日日报",
        "2026 年 11 月 24 日报",
        "11月24日报",
        "11月24 日报",
        "11月24日日报",
        "11月24号日报",
        "十一月二十四日日报",
        "二〇二六年十一月二十四日 日报",
        "11月24日（周二）日报",
        "2026-11-24 星期二 日报",
    ],
    "日報": ["2026/11/24 日報", "11月24日報", "令和8年11月24日 日報"],
    "日刊": ["2026-11-24 日刊", "11月24日刊"],
    "日刊工業": ["2026-11-24 日刊工業", "11月24日 日刊工業"],
    "日知录": ["2026-11-24 日知录", "11月24日知录"],
    "日志": ["2026-11-24 日志", "11月24日志"],
    "日记": ["11月24日记"],
    "日讯": ["2026-11-24日讯", "11月24日讯"],
    "日本経済新聞": ["2026-11-24 日本経済新聞", "2026-11-24日本経済新聞", "11月24日 日本経済新聞"],
    "日经早读": ["2026-11-24 日经早读"],
    "报道": ["11月24日报道"],
    "知乎精选": ["11月24日知乎精选"],
    "本周要闻": ["11月24日本周要闻"],
    "记者手记": ["11月24日记者手记"],
    "报": ["11月24日 报"],
    "早报": [
        "【早报】2025年9月12日",
        "9月12日早报",
        "9月12号早报",
        "26年9月12日早报",
        "2025 年 9 月 12 日早报",
        "9月12日周五早报",
        "2025-09-12日早报",
    ],
    "周日报": ["11月29日 周日报"],
    "朝刊": ["11月24日 朝刊", "11月24日朝刊", "11月24日(火) 朝刊", "2026年11月24日火曜日 朝刊"],
    "조간": ["11월 24일 조간", "2026년 11월 24일 조간", "2026년 11월 24일(화) 조간", "11월 24일 화요일 조간"],
    "일보": ["2026-11-24 일보", "11월 24일 일보", "11월 24일보"],
    "全球AI新闻速递": ["2025.09.12 全球AI新闻速递", "2025 年 9 月 12 日 全球AI新闻速递"],
    "AI morning news": [
        "AI morning news – 2025-09-12",
        "AI morning news – September 12, 2025",
        "AI morning news, Friday, 12 September 2025",
        "AI morning news (12.09.2025)",
    ],
    "12月5大新闻": ["12月5大新闻"],
    "Sunday Brief": ["Sunday Brief"],
    "24/7 AI": ["24/7 AI"],
}
"""Titles by what is left of them without their date."""

DATES = [
    "2025-09-12",
    "2025.9.12",
    "2025-09-12日",
    "20250912",
    "2025年9月12日",
    "2025 年 9 月 12 日",
    "2025年9月12",
    "9月12日",
    "9月12 日",
    "9月12号",
    "九月十二日",
    "2025年9月12日 星期五",
    "2025年9月12日（周五）",
    "2025年9月12日（金）",
    "令和7年9月12日",
    "2025년 9월 12일",
    "9월 12일",
    "9월 12일 (금)",
    "September 12, 2025",
    "Friday, 12 September 2025",
    "12.09.2025",
]
"""Titles that are only a date."""


@pytest.mark.parametrize(
    ("title", "name"), [*((title, name) for name in NAMES for title in NAMES[name]), *((title, "") for title in DATES)]
)
def test_name_is_the_title_without_its_date(title: str, name: str) -> None:
    assert digest_name(digest(item(1), title=title)) == name


def test_language_of_the_texts() -> None:
    assert content_script(edition()) == "Hani"
    assert content_script(digest(item(1, "OpenAI and Oracle sign a deal.", headline="A deal"))) == "Latn"
    assert content_script(digest(item(1, "", headline="2025"))) == ""


def test_language_is_named_where_it_is_not_the_readers() -> None:
    english = digest(item(1, "A long text in English.", headline="A deal"), title="Morning News")
    assert digest_line(edition(), ZH) == digest_name(edition())
    assert digest_line(edition(), EN).endswith(" (written in Chinese)")
    assert digest_line(english, ZH) == "Morning News（内容是英文）"
    assert digest_line(None, ZH) == ""


def test_latin_letters_are_not_called_english_to_their_readers() -> None:
    """The texts may be in the reader's own language, which letters do not tell."""
    german = digest(item(1, "Ein langer Text auf Deutsch.", headline="Ein Handel"), title="Morgenblatt")
    assert digest_line(german, EN) == "Morgenblatt"
    assert digest_line(german, ZH) == "Morgenblatt（内容是英文）"
