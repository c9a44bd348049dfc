"""Forms of posts in messengers, of mail and of note-takers' exports; the texts are invented."""

from __future__ import annotations

import pytest

from tests.digest.reading import heads, read

U = "https://example.org/"


def sections(text: str) -> list[tuple[str, str]]:
    return [(item.section, item.headline) for item in read(text).items]


@pytest.mark.parametrize("sign", ["—", "–"])
def test_lines_with_dashes_are_a_list(sign: str) -> None:
    lines = "\n".join(f"{sign} {news};" for news in ("Паром снова ходит на остров", "Ставка прежняя", "Поезда стоят"))
    assert [item.headline for item in read(f"Главное к этому часу:\n\n{lines}").items] == [
        "Паром снова ходит на остров;",
        "Ставка прежняя;",
        "Поезда стоят;",
    ]


def test_one_emoji_before_several_lines_is_a_bullet() -> None:
    news = ("甲发布新品", "乙芯片量产", "丙公司融资")
    text = "\n\n".join(
        f"✅ {title}\n它{title[1:]}的时间比预期早。\n👉 {U}{number}" for number, title in enumerate(news)
    )
    assert heads(read(text)) == [(title, f"{U}{number}") for number, title in enumerate(news)]


def test_sources_of_quotes_are_no_list_of_dashes() -> None:
    digest = read("1、\n\n慢就是快。\n\n— 某人\n\n2、\n\n简单最难。\n\n— 另一人\n\n3、\n\n少即是多。\n\n— 第三人\n")
    assert [item.headline for item in digest.items] == ["慢就是快。", "简单最难。", "少即是多。"]


@pytest.mark.parametrize("rule", ["━━━━━━━━", "────────", "＝＝＝＝＝＝"])
def test_titles_between_drawn_lines_are_headings(rule: str) -> None:
    news = f"{rule}\n【1】甲发布新品\n{rule}\n它能看图。\n{U}1\n\n{rule}\n【2】乙芯片量产\n{rule}\n产能翻倍。\n{U}2\n\n"
    digest = read(f"{news}{rule}\n編集後記\n{rule}\n便宜。\n")
    assert heads(digest) == [("甲发布新品", U + "1"), ("乙芯片量产", U + "2")]
    assert digest.commentary.plain == "便宜。"


def test_callouts_with_titles_are_items() -> None:
    digest = read(f"> [!info] 甲发布新品\n> 它能看图。\n\n> [!tip] 乙芯片量产\n> 产能翻倍。[来源]({U}2)\n")
    assert [(item.headline, item.body.plain) for item in digest.items] == [
        ("甲发布新品", "它能看图。"),
        ("乙芯片量产", "产能翻倍。来源"),
    ]


def test_quotes_above_lists_name_sections() -> None:
    text = f"> 干货\n* 甲发布新品 <{U}1> [ from 林 ]\n* 乙芯片量产 <{U}2>\n\n> 好用工具\n* 丙融资 <{U}3>\n"
    assert sections(text) == [("干货", "甲发布新品"), ("干货", "乙芯片量产"), ("好用工具", "丙融资")]


def test_letters_in_brackets_number_items() -> None:
    digest = read(
        "A) Budget approved\nOne abstention.\n\nB) New treasurer\nIn January.\n\nC) Roof repairs\nThree offers.\n"
    )
    assert [(item.written_number, item.headline) for item in digest.items] == [
        ("1", "Budget approved"),
        ("2", "New treasurer"),
        ("3", "Roof repairs"),
    ]


@pytest.mark.parametrize("label", ["**Dec 3**: ", "12/3 — ", "2026-12-03 | "])
def test_a_date_before_a_linked_title_is_no_headline(label: str) -> None:
    digest = read(f"- {label}[Go meets in Lisbon]({U}1)\n- {label}[Rust meets in Oslo]({U}2)\n")
    assert [item.headline.endswith(("in Lisbon", "in Oslo")) for item in digest.items] == [True, True]


def test_a_dated_title_of_the_level_of_sections_is_a_title() -> None:
    text = f"# 团队资讯 2026-11-27\n\n标签: 日报\n\n# 行业\n\n- **甲发布新品**\n\n    它能看图。[来源]({U}1)\n\n"
    assert sections(f"{text}# 团队\n\n- **值班改为每周轮换**\n\n    从周一开始。\n") == [
        ("行业", "甲发布新品"),
        ("团队", "值班改为每周轮换"),
    ]


def test_figures_are_no_items() -> None:
    text = "## 市场概况\n\n- BTC：98,120 美元（+1.2%）\n- 指数：71\n\n## 重要资讯\n\n"
    assert sections(f"{text}**1. 甲发布新品**\n\n它能看图。\n\n**2. 乙芯片量产**\n\n产能翻倍。\n") == [
        ("重要资讯", "甲发布新品"),
        ("重要资讯", "乙芯片量产"),
    ]


def test_highest_headings_named_like_fields_are_sections() -> None:
    text = "## Что сделали\n\n1. **Экспорт данных.** До миллиона строк.\n2. **Тёмная тема.** Для всех.\n\n"
    assert sections(f"{text}## Что дальше\n\n1. **Новый биллинг.** Впереди счета.\n2. **Аудит.** В декабре.\n") == [
        ("Что сделали", "Экспорт данных."),
        ("Что сделали", "Тёмная тема."),
        ("Что дальше", "Новый биллинг."),
        ("Что дальше", "Аудит."),
    ]


def test_a_bold_clause_before_a_comma_is_the_headline() -> None:
    digest = read("1. **甲公司推出动画模型**，用统一框架实现两种能力，代码已经开源。\n2. **乙芯片**，产能翻倍。\n")
    assert [item.headline for item in digest.items] == ["甲公司推出动画模型", "乙芯片，产能翻倍。"]
