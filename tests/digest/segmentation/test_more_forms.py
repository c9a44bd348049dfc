"""Forms that weeklies, dailies and lists have besides the common ones: tables, times, brackets, names."""

from __future__ import annotations

import pytest

from tests.digest.reading import bodies, codes, heads, read

U = "https://example.org/"


def test_rows_of_a_table_are_items() -> None:
    rows = f"| 1 | [甲]({U}1) | 张三 |\n| 2 | [乙]({U}2) | 李四 |"
    digest = read(f"本周新书。\n\n| 序号 | 书名 | 作者 |\n| - | - | - |\n{rows}\n")
    assert heads(digest) == [("甲", U + "1"), ("乙", U + "2")]
    assert (digest.intro.plain, bodies(digest)) == ("本周新书。", ["作者：张三", "作者：李四"])
    assert [item.written_number for item in digest.items] == ["1", "2"]
    told = [problem.message for problem in digest.problems if problem.code == "D409-table-as-items"]
    assert len(told) == 1
    assert "序号 | 书名" in told[0]


def test_names_of_columns_without_text_are_told() -> None:
    rows = f"| [甲]({U}1) | ![图]({U}p.png) |\n| [乙]({U}2) |  |"
    digest = read(f"| 书名 | 封面 |\n| - | - |\n{rows}\n")
    told = [problem.message for problem in digest.problems if problem.code == "D409-table-as-items"]
    assert "书名 | 封面" in " ".join(told)


def test_headlines_of_a_table_beside_labels_of_links() -> None:
    rows = f"| Tides | [link]({U}1) |\n| The Ninth Loaf | [link]({U}2) |"
    assert heads(read(f"| Title | Where |\n| - | - |\n{rows}\n")) == [("Tides", U + "1"), ("The Ninth Loaf", U + "2")]


@pytest.mark.parametrize(
    "others", [f"1. [丙]({U}3)\n2. [丁]({U}4)", f"## [丙]({U}3)\n\n正文。", f"[丙]({U}3)：一。\n\n[丁]({U}4)：二。"]
)
def test_a_table_beside_items_stays_a_table(others: str) -> None:
    digest = read(f"{others}\n\n| 书名 | 作者 |\n| - | - |\n| [甲]({U}1) | 张三 |\n| [乙]({U}2) | 李四 |\n")
    assert "D409-table-as-items" not in codes(digest)
    assert "甲" not in [item.headline for item in digest.items]


@pytest.mark.parametrize(
    ("mark", "number"), [("01｜", "01"), ("01丨", "01"), ("1/ ", "1"), ("01 | ", "01"), ("1│ ", "1")]
)
def test_bars_and_slashes_behind_numbers(mark: str, number: str) -> None:
    text = f"{mark}甲发布新品\n\n它能看图。\n\n{mark.replace('1', '2')}乙芯片量产\n\n产能翻倍。"
    digest = read(text)
    assert heads(digest) == [("甲发布新品", ""), ("乙芯片量产", "")]
    assert digest.items[0].written_number == number


@pytest.mark.parametrize("text", ["24/7 support begins", "1/2 of all chips", "3:2 gewinnt"])
def test_fractions_and_scores_are_no_numbers(text: str) -> None:
    digest = read(f"- {text}\n- another line\n")
    assert digest.items[0].headline == text


@pytest.mark.parametrize("between", [" ", " ｜ ", " — ", "，", "】"])
def test_lines_that_begin_with_a_time(between: str) -> None:
    mark = "【" if between == "】" else ""
    digest = read(f"{mark}08:30{between}高铁全线减速\n{mark}09:10{between}明晚起转冷\n{mark}11:20{between}扩建厂房\n")
    named = [item.headline[-2:] for item in digest.items]
    times = [item.headline.lstrip("【")[:5] for item in digest.items]
    assert (times, named) == (["08:30", "09:10", "11:20"], ["减速", "转冷", "厂房"])


def test_titles_in_brackets_before_their_text() -> None:
    digest = read("【高铁票价浮动明年试点】淡季打六折。\n\n【最后一家胶卷店关门】店主去看海。\n\n【编者按】便宜。")
    assert heads(digest) == [("【高铁票价浮动明年试点】", ""), ("【最后一家胶卷店关门】", "")]
    assert bodies(digest) == ["淡季打六折。", "店主去看海。"]
    assert digest.commentary.plain == "便宜。"


def test_signs_before_bare_addresses() -> None:
    digest = read(f"▍老戏院改建\n周末放老片。\n🔗 {U}1\n\n▍夜市打折\n四十摊参加。\n👉 {U}2")
    assert [url for _, url in heads(digest)] == [U + "1", U + "2"]


def test_bullets_right_below_numbers_belong_to_them() -> None:
    digest = read(f"1) 甲发布新品\n- 快\n- 便宜\n来源：{U}1\n\n2) 乙芯片量产\n- 省电\n来源：{U}2\n")
    assert heads(digest) == [("甲发布新品", U + "1"), ("乙芯片量产", U + "2")]
    assert "便宜" in bodies(digest)[0]


@pytest.mark.parametrize("mark", ["**{}**", "## {}"])
@pytest.mark.parametrize(
    "names", [("青柠", "北河", "霜叶"), ("天气", "交通", "体育"), ("Weather", "Transport", "Sport")]
)
def test_one_word_names_with_a_paragraph_each(names: tuple[str, ...], mark: str) -> None:
    text = "\n\n".join(f"{mark.format(name)}\n\n今天有一件事发生，第 {at} 件。" for at, name in enumerate(names))
    assert [headline for headline, _ in heads(read(text))] == list(names)


def test_initials_end_no_sentence() -> None:
    assert heads(read(f"- A talk by T. Quist in the hall. I agreed. [source]({U}1)\n- Another one. [source]({U}2)\n"))[
        0
    ] == ("A talk by T. Quist in the hall.", U + "1")


def test_a_top_story_above_the_sections() -> None:
    digest = read(
        f"## A storm closes three harbours\n\nWaves of eleven metres. [Story]({U}1)\n\n## Also today\n\n"
        f"- The zoo names its [tapir]({U}2)\n- Petrol is cheaper\n\n## Elsewhere\n\n- [A poem]({U}3)\n- [Chess]({U}4)\n"
    )
    assert [(item.section, item.headline) for item in digest.items] == [
        ("", "A storm closes three harbours"),
        ("Also today", "The zoo names its tapir"),
        ("Also today", "Petrol is cheaper"),
        ("Elsewhere", "A poem"),
        ("Elsewhere", "Chess"),
    ]


@pytest.mark.parametrize("between", [" ", " - ", "：", "\n  "])
def test_bare_addresses_before_their_words(between: str) -> None:
    digest = read(f"- {U}1{between}A small tool\n- {U}2{between}Another small one\n")
    assert [item.url for item in digest.items] == [U + "1", U + "2"]
    assert [item.headline for item in digest.items] == ["A small tool", "Another small one"]


def test_bullets_that_are_only_addresses() -> None:
    assert heads(read(f"- {U}1\n- {U}2\n")) == [(U + "1", U + "1"), (U + "2", U + "2")]
