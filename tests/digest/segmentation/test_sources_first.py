"""Headlines behind the name of a source, before a text in the same line, and below tags."""

from __future__ import annotations

import pytest

from tests.digest.reading import bodies, heads, read

U = "https://a.example/"
NAMES = ("The lighthouse gets a new lamp", "Two ferries swap their names", "Rain barrels are free in May")


def _read_list(entry: str) -> list[str]:
    entries = (entry.format(title=title, url=f"{U}{at}", talk=f"{U}talk/{at}") for at, title in enumerate(NAMES))
    digest = read("\n".join(entries))
    assert [url for _, url in heads(digest)] == [f"{U}{at}" for at in range(len(NAMES))]
    return [headline for headline, _ in heads(digest)]


@pytest.mark.parametrize(
    "label", ["**Harbour Post** — ", "**Harbour Post:** ", "**[Post · sea]** ", "**[HN]** ", "**Harbour Post** "]
)
def test_source_before_a_linked_title_belongs_to_it(label: str) -> None:
    headlines = _read_list(f"- {label}[{{title}}]({{url}}) · 41 points · [talk]({{talk}})")
    assert [headline[-len(title) :] for headline, title in zip(headlines, NAMES, strict=True)] == list(NAMES)


@pytest.mark.parametrize(
    "behind",
    [
        " 120 pts · 58 comments · [discuss]({talk})",
        "，昨晚在市政厅表决通过，大家随后都走回家去。有人很高兴。",
        " and [a translation]({talk})",
    ],
)
def test_linked_title_ends_with_its_link(behind: str) -> None:
    assert _read_list(f"1. [{{title}}]({{url}}){behind}") == list(NAMES)


@pytest.mark.parametrize("stop", [".", "?", "。", "！"])
def test_stop_behind_a_linked_title_belongs_to_it(stop: str) -> None:
    digest = read("\n".join(f"1. [{title}]({U}{at}){stop} Voted on last night." for at, title in enumerate(NAMES)))
    assert heads(digest) == [(f"{title}{stop}", f"{U}{at}") for at, title in enumerate(NAMES)]
    assert bodies(digest) == ["Voted on last night."] * len(NAMES)


@pytest.mark.parametrize(
    "sentence",
    [
        "[Apple Vision Pro]({}) 2 launches next spring with a lighter frame.",
        "[Fed holds rates steady]({}) but [markets fall sharply](https://b.example)",
        "[Acme Robotics Holding Co]({}). raises $30m",
        "[阿里巴巴达摩院]({})，宣布开源多模态大模型。",
        "[《流浪地球3》]({})，定档2027年春节。",
        "OpenAI ({}) ships a phone in May.",
        "工信部（{}）今日发布人工智能产业发展规划。",
    ],
)
def test_link_within_a_sentence_ends_no_headline(sentence: str) -> None:
    digest = read("\n".join(f"- {text}" for text in (sentence.format(f"{U}1"), f"[Two ferries swap names]({U}2)")))
    assert heads(digest)[0][0].endswith(("frame.", "sharply", "$30m", "大模型。", "春节。", "in May.", "规划。"))


@pytest.mark.parametrize(
    "line",
    [
        "**Google buys Wiz** — [Read the full announcement here]({})",
        "**Google buys Wiz** — [official blog post]({})",
        "**苹果降价** [新浪科技的详细报道]({})",
    ],
)
def test_bold_headline_before_its_source_stays_alone(line: str) -> None:
    digest = read(f"- {line.format(f'{U}1')}\n- **Two ferries swap their names** — [Post]({U}2)\n")
    assert heads(digest)[0][0] in ("Google buys Wiz", "苹果降价")


def test_book_marks_around_a_short_link_make_it_a_title() -> None:
    text = "一本讲灯塔和雨桶的小书，作者写得很慢，读起来也很慢。值得读。"
    digest = read(f"- [《灯》]({U}1)，{text}\n- [《雨》]({U}2)，{text}")
    assert [headline for headline, _ in heads(digest)] == ["《灯》", "《雨》"]


def test_short_link_within_a_sentence_is_no_title() -> None:
    digest = read(f"- [灯社]({U}1)，昨晚宣布换灯。\n- [雨社]({U}2)，今早开放雨桶。")
    assert [headline for headline, _ in heads(digest)] == ["灯社，昨晚宣布换灯。", "雨社，今早开放雨桶。"]


def test_name_in_bold_brackets_labels_what_follows() -> None:
    digest = read("1. **[灯报]** 灯塔下周换灯 (3 分)\n2. **[雨报]** 五月雨桶免费 (5 分)\n")
    assert [headline for headline, _ in heads(digest)] == ["[灯报] 灯塔下周换灯 (3 分)", "[雨报] 五月雨桶免费 (5 分)"]


def test_dash_parts_a_title_from_its_text() -> None:
    text = "An essay on lamps, written by someone who has carried oil up the stairs for years."
    digest = read("\n".join(f"* {title} – {text}\n{U}{at}" for at, title in enumerate(NAMES)))
    assert [headline for headline, _ in heads(digest)] == list(NAMES)
    assert [text in body for body in bodies(digest)] == [True] * len(NAMES)


@pytest.mark.parametrize("title", ["Northern lamp company – now without lamps", "Two ferries – one name – no plan."])
def test_dash_within_a_title_stays(title: str) -> None:
    digest = read(f"* {title}\n{U}1\n* Rain barrels are free in May\n{U}2")
    assert heads(digest)[0] == (title, f"{U}1")


def test_title_that_ends_with_a_question_is_whole() -> None:
    digest = read(
        "- The lighthouse went dark on Monday. For how long?\n- Two ferries swap their names\n- Rain is free\n"
    )
    assert heads(digest)[0] == ("The lighthouse went dark on Monday. For how long?", "")


def test_address_in_brackets_ends_a_title() -> None:
    digest = read(f"001. 灯塔换灯 ({U}1) [2026] @lamp | ❤1 💬3\n002. 雨桶免费 ({U}2) [2026] @rain | ❤4 💬7\n")
    assert heads(digest) == [("灯塔换灯", f"{U}1"), ("雨桶免费", f"{U}2")]


def test_tags_stand_above_the_title() -> None:
    lines = (f"{at}. 🤖 #harbour\n   {title}\n   It was voted on.\n" for at, title in enumerate(NAMES, 1))
    digest = read("\n".join(lines))
    assert [headline for headline, _ in heads(digest)] == list(NAMES)
    assert ["#harbour" in body for body in bodies(digest)] == [True] * len(NAMES)


def test_arrow_below_a_title_leads_to_its_text() -> None:
    lines = (f"• {title}\n→ It was voted on last night. {U}{at}\n" for at, title in enumerate(NAMES))
    digest = read("\n".join(lines))
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(NAMES)]


def test_one_linked_word_is_a_title_beside_other_linked_lines() -> None:
    names = (*NAMES, "lamp-keeper")
    digest = read("\n\n".join(f"[{name}]({U}{at})\n\n> Author: Ann" for at, name in enumerate(names)))
    assert heads(digest) == [(name, f"{U}{at}") for at, name in enumerate(names)]


@pytest.mark.parametrize("titles", [("¿Cuánto cuesta la luz?", "Dos barcos"), ("CVE-2026-1：灯", "两艘渡轮")])
def test_emoji_before_any_title_is_its_mark(titles: tuple[str, str]) -> None:
    names = (*titles, "Tercera noticia", "Cuarta noticia")
    digest = read("\n\n".join(f"📰 [{name}]({U}{at}) – Ayer se votó." for at, name in enumerate(names)))
    assert [headline for headline, _ in heads(digest)] == list(names)


def test_address_below_a_rule_is_that_of_the_next_item() -> None:
    items = (
        f"![p](https://p.example/{at}.png)\n\n**[{title}]({U}{at})** ⭐ 4k\n\n*seen today*"
        for at, title in enumerate(NAMES)
    )
    digest = read("\n\n---\n\n".join(items))
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(NAMES)]


def test_fields_of_items_are_no_words_of_goodbye() -> None:
    items = (
        f"📰 **[{title}]({U}{at})**\n  📝 It was voted on.\n  👍 **{at}** 分 | 👤 作者: {name} | 💬 45 则留言"
        for at, (title, name) in enumerate(zip(NAMES, ("灯", "授權", "授權"), strict=True))
    )
    assert heads(read("\n\n".join(items))) == [(f"📰 {title}", f"{U}{at}") for at, title in enumerate(NAMES)]


def test_only_the_first_of_several_titles_is_the_page_s() -> None:
    digest = read(
        f"# Morning, 24 November 2026\n\n# Harbour\n\n* A lamp\n{U}1\n* A ferry\n{U}2\n\n# Town\n\n* A barrel\n{U}3\n"
    )
    assert [item.section for item in digest.items] == ["Harbour", "Harbour", "Town"]


@pytest.mark.parametrize(
    "name", ["📌 [{at}/2] **{name}** : 3 条", "🎮 {name}  (3条)", "**{name}** (3 条):", "{name} (3 items)"]
)
def test_name_with_a_count_is_that_of_a_section(name: str) -> None:
    sections = (
        f"{name.format(at=at, name=section)}\n\n"
        + "\n".join(f"  {n}. [Post] [{title} {at}]({U}{at}{n})" for n, title in enumerate(NAMES, 1))
        for at, section in enumerate(("安全与漏洞", "开源项目"), 1)
    )
    digest = read("\n\n\n".join(sections))
    assert len(digest.items) == 2 * len(NAMES)
    assert ["安全与漏洞" in item.section for item in digest.items] == [True] * len(NAMES) + [False] * len(NAMES)


@pytest.mark.parametrize("stamp", ["**2026-11-24 0{at}:15 — Post**", "[2026-11-24 0{at}:15] Post:", "👁 12{at} · 💬 12"])
def test_headline_stands_below_when_and_where_it_was_posted(stamp: str) -> None:
    digest = read(
        "\n\n".join(f"{stamp.format(at=at)}\n**[{title}]({U}{at})**\nIt is so.\n" for at, title in enumerate(NAMES))
    )
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(NAMES)]
    shown = "\n".join((digest.intro.plain, *bodies(digest)))
    assert max(shown.count("Post"), shown.count("💬 12")) == len(NAMES)


def test_short_news_with_a_time_keep_their_headlines() -> None:
    digest = read("\n".join(f"- 0{at}:30 **Ferry {at} sails** to the mole" for at in range(3, 7)))
    assert heads(digest)[0][0].startswith("03:30 Ferry 3 sails")


def test_date_before_an_address_is_no_title() -> None:
    digest = read(
        "\n\n".join(f"### {title}\n2026-11-24 08:15  <{U}{at}>\n\nIt is so." for at, title in enumerate(NAMES))
    )
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(NAMES)]


def test_headline_with_a_sum_is_no_figure() -> None:
    titles = ("欧盟就自动化招聘工具开出首张罚单：2,400 万欧元", "林若川离开灵犀实验室", "三家厂商上调报价")
    digest = read("\n\n".join(f"• {title}:\n{U}{at}" for at, title in enumerate(titles)))
    assert [headline for headline, _ in heads(digest)] == list(titles)


def test_line_of_fields_below_each_headline_is_no_list() -> None:
    items = (
        f"### {title}\n📊 {at}0 分 | 💬 {at} 评论 | 🏷️ 港口\n\n🔗 [原文]({U}{at})" for at, title in enumerate(NAMES)
    )
    digest = read("## 港口\n\n" + "\n\n".join(items))
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(NAMES)]


def test_long_title_above_a_long_underline_is_a_heading() -> None:
    titles = ("The harbour council has voted last night, after many hours, for a new lamp", *NAMES)
    digest = read("\n\n".join(f"{title}\n-----------------\n\nLink: <{U}{at}>" for at, title in enumerate(titles)))
    assert heads(digest) == [(title, f"{U}{at}") for at, title in enumerate(titles)]


def test_words_in_brackets_end_a_bold_headline_before_a_dash() -> None:
    digest = read(
        "\n".join(f"- **{title}** (12{at}) — It was voted on.\n  <{U}{at}>" for at, title in enumerate(NAMES))
    )
    assert [headline for headline, _ in heads(digest)] == list(NAMES)


def test_names_of_figures_stay_news_where_they_have_a_source() -> None:
    titles = ("ЦБ снизил ставку", "Запуск ракеты", "Погода на неделю", "Суд над хакером")
    text = "Текст новости о событии. Подробности позже."
    digest = read("\n\n".join(f"## {title}\n\n{text}\n\n[Источник]({U}{at})" for at, title in enumerate(titles)))
    assert [headline for headline, _ in heads(digest)] == list(titles)


def test_entries_beside_other_labels_are_no_credits() -> None:
    digest = read("## 要闻\n\n- 央行：降息25个基点\n- 苹果：发布新品\n- 招聘：互联网大厂缩编\n")
    assert len(digest.items) == 3
