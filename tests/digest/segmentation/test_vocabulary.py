"""The words of names, in every language: what a name announces, by whole words."""

from __future__ import annotations

import pytest

from digest.segmentation.vocabulary import (
    NameKind,
    ends_with_region,
    is_date_label,
    is_kind,
    kinds_of,
    load_words,
    normalise,
    region_of,
    says_goodbye,
)

LANGUAGES = ("zh", "en", "ja", "ko", "ru", "es")
NAMES = {
    "zh": (
        "点评",
        "編者按",
        "今日摘要",
        "目錄",
        "往期回顾",
        "行业动态",
        "暂无更新。",
        "背景",
        "原文链接",
        "社区讨论",
        "我们的公众号",
        "数据统计",
        "明日关注",
    ),
    "en": (
        "Editor's Take",
        "The bottom line",
        "Today's Summary",
        "In this issue",
        "Previous issues",
        "Top Stories",
        "No news today.",
        "Why it matters",
        "Read more",
        "Comments URL",
        "Our Telegram channel",
        "Market overview (24h)",
        "3 things to watch",
    ),
    "ja": (
        "編集後記",
        "編集部から",
        "今日の概要",
        "目次",
        "バックナンバー",
        "セキュリティ",
        "更新なし。",
        "背景",
        "続きを読む",
        "スレッド",
        "メールマガジン",
        "統計",
        "来週の注目",
    ),
    "ko": (
        "편집자의 말",
        "총평",
        "오늘의 요약",
        "목차",
        "지난 호",
        "보안",
        "업데이트 없음.",
        "배경",
        "자세히 보기",
        "토론 보기",
        "카카오톡 채널",
        "수집 통계",
        "관전 포인트",
    ),
    "ru": (
        "От редакции",
        "Слово редактора",
        "Коротко о главном",
        "Содержание",
        "Прошлые выпуски",
        "Безопасность",
        "Новостей нет.",
        "Контекст",
        "Читать далее",
        "Обсуждение",
        "Наш канал",
        "Распределение",
        "За чем следить",
    ),
    "es": (
        "Nota del editor",
        "Para terminar",
        "Resumen del día",
        "Índice",
        "Números anteriores",
        "Seguridad",
        "Sin novedades.",
        "Contexto",
        "Leer más",
        "Comentarios",
        "Correo electrónico",
        "Estadísticas",
        "A vigilar",
    ),
}
KINDS = (
    NameKind.COMMENTARY,
    NameKind.COMMENTARY,
    NameKind.SUMMARY,
    NameKind.CONTENTS,
    NameKind.TRAILING,
    NameKind.SECTION,
    NameKind.NOTHING,
    NameKind.FIELD,
    NameKind.MORE,
    NameKind.SECONDARY,
    NameKind.CHANNEL,
    NameKind.FIGURES,
    NameKind.OPINION,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_each_kind_in_each_language(language: str) -> None:
    found = {name: kind in kinds_of(name) for name, kind in zip(NAMES[language], KINDS, strict=True)}
    assert found == dict.fromkeys(NAMES[language], True)


def test_every_kind_has_words_in_every_language() -> None:
    words = load_words()
    assert set(words) == {"general", "topic", *NameKind}
    assert {group: [language for language in LANGUAGES if not words[group].get(language)] for group in words} == {
        group: [] for group in words
    }


@pytest.mark.parametrize("kind", load_words())
def test_terms_are_written_as_they_are_compared(kind: str) -> None:
    terms = [term for terms in load_words()[kind].values() for term in terms]
    assert {term: normalise(term) for term in terms if term != normalise(term) or not term} == {}


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("Patch priorities", NameKind.OPINION),
        ("Watchtower metrics (24h)", NameKind.FIGURES),
        ("이번 주 릴리스 요약", NameKind.SUMMARY),
        ("漏洞类型分析", NameKind.OPINION),
        ("Around the Community", None),
        ("The bridge is open", None),
    ],
)
def test_last_words_hint_at_a_region(name: str, region: NameKind | None) -> None:
    assert ends_with_region(name) is region


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("三、编者按", NameKind.COMMENTARY),
        ("3. 总结", NameKind.OPINION),
        ("今日趋势总结", NameKind.OPINION),
        ("AI每日分析", NameKind.OPINION),
        ("市场信号", NameKind.OPINION),
        ("What to watch (next 24–72h)", NameKind.OPINION),
        ("GPT-5 release notes", None),
        ("TL;DR", NameKind.SUMMARY),
        ("收听语音版", NameKind.TRAILING),
        ("New protocol for agents", None),
        ("Stocks", None),
        ("How to code", None),
        ("关于 AI", None),
        ("Apple to cut prices", None),
        ("微软发布年终总结", None),
        ("视频网站订阅涨价", None),
        ("AI产品与功能更新", None),
    ],
)
def test_regions_are_announced_by_whole_words(name: str, region: NameKind | None) -> None:
    assert region_of(name) is region


@pytest.mark.parametrize(
    ("farewell", "news"),
    [
        ("责任编辑：小林", "文件称责任编辑已离职。"),
        ("This issue was written by Ida.", "The parser was slow until one written by Ida replaced it."),
        ("編集担当：青木", "新しい編集担当が決まった。"),
        ("글쓴이: 이다", "기사의 글쓴이 이다가 상을 받았다."),
        ("До следующего выпуска!", "Завод закрыт до следующего года."),
        ("¡Hasta el próximo lunes!", "El puente seguirá cerrado hasta el próximo otoño."),
    ],
)
def test_words_of_farewell_begin_a_sentence(farewell: str, news: str) -> None:
    assert (says_goodbye(farewell), says_goodbye(news)) == (True, False)


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("暂无相关新闻。", True),
        ("今日无重大更新", True),
        ("None", True),
        ("No updates today", True),
        ("暂无定论的争议", False),
        ("无人机新规发布", False),
        ("没有人能拒绝", False),
    ],
)
def test_empty_notices(text: str, nothing: bool) -> None:
    assert is_kind(text, NameKind.NOTHING) is nothing


@pytest.mark.parametrize(
    "name", ["编辑之眼", "站長說", "Editor's Eye", "編集長の目", "편집장의 눈", "Взгляд редактора"]
)
def test_the_editors_eye_names_a_commentary(name: str) -> None:
    assert region_of(name) is NameKind.COMMENTARY


@pytest.mark.parametrize("name", ["简介", "說明", "Description", "紹介", "소개", "Описание", "Descripción"])
def test_a_description_is_a_field_of_an_item(name: str) -> None:
    assert is_kind(name, NameKind.FIELD)


@pytest.mark.parametrize(
    "plain",
    [
        "Fri 27 Nov",
        "Saturday, November 28th",
        "11月27日（周五）",
        "27 ноября, пт",
        "Viernes 27 de noviembre",
        "11월 27일",
        "11月27日（金曜）",
        "2026-11-27",
        "27.11",
        "[2026/11/27 08:30]",
    ],
)
def test_dates_and_times_are_labels(plain: str) -> None:
    assert is_date_label(plain)


@pytest.mark.parametrize("plain", ["GPT 5", "May", "Windows 11", "11", "三月三日天气新", "27 Nov: rain"])
def test_names_with_numbers_are_no_dates(plain: str) -> None:
    assert not is_date_label(plain)


@pytest.mark.parametrize("plain", ["— END —", "（完）", "【おわり】", "- 끝 -", "Конец", "Fin"])
def test_endings_are_known_in_every_language(plain: str) -> None:
    assert is_kind(plain, NameKind.ENDING)


@pytest.mark.parametrize("name", ["作者：", "By", "著者", "저자", "Автор:", "Por"])
def test_what_stands_before_authors_is_known_in_every_language(name: str) -> None:
    assert is_kind(name, NameKind.AUTHOR)
