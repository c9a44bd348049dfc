"""Rows of tables, nested lists, advertisements amid the news, and lines that end a page; the texts are invented."""

from __future__ import annotations

import pytest

from domain.edition_day import calendar_day
from tests.digest.reading import heads, read

U = "https://a.example/"


def sections(text: str) -> list[tuple[str, str]]:
    return [(item.section, item.headline) for item in read(text).items]


@pytest.mark.parametrize("head", ["<tr><th>#</th><th>Title</th><th>Note</th></tr>", ""])
def test_html_table_of_linked_rows_is_a_list_of_items(head: str) -> None:
    rows = "\n".join(
        f'<tr>\n  <td>{number}</td>\n  <td><a href="{U}{number}">{title}</a></td>\n  <td>{note}</td>\n</tr>'
        for number, (title, note) in enumerate([("A kite flies", "by wind"), ("A boat sails", "by tide")], 1)
    )
    digest = read(f"## News\n\n<table>\n{head}\n{rows}\n</table>\n")
    assert heads(digest) == [("A kite flies", U + "1"), ("A boat sails", U + "2")]
    assert ["by wind" in item.body.plain for item in digest.items] == [True, False]


def test_html_table_that_lays_out_a_page_stays_text() -> None:
    digest = read(f'<table><tr><td><h3>Left</h3><ul><li><a href="{U}1">A kite</a></li></ul></td></tr></table>\n\n- x\n')
    assert "A kite" in f"{digest.intro.plain}{[item.headline for item in digest.items]}{digest.trailing.plain}"


@pytest.mark.parametrize("inside", ["", "Words", "<tr", "<tr></tr>", "<tr><td></td></tr>", "<td>Words</td>", "<table>"])
def test_html_table_without_rows_is_read(inside: str) -> None:
    digest = read(f"<table>\n{inside}\n</table>\n\n- [A kite flies]({U}1)\n- [A boat sails]({U}2)\n")
    assert heads(digest) == [("A kite flies", U + "1"), ("A boat sails", U + "2")]


def test_table_with_one_row_beside_another_is_items_too() -> None:
    head = "| Date | Title | PDF |\n|---|---|---|\n"
    one = f"| 2026-11-23 | **A kite flies** | [2611.1]({U}1) |\n| 2026-11-22 | **A boat sails** | [2611.2]({U}2) |\n"
    digest = read(f"## Air\n\n{head}{one}\n## Sea\n\n{head}| 2026-11-21 | **A fish swims** | [2611.3]({U}3) |\n")
    assert heads(digest) == [("A kite flies", U + "1"), ("A boat sails", U + "2"), ("A fish swims", U + "3")]
    assert [item.section for item in digest.items] == ["Air", "Air", "Sea"]


@pytest.mark.parametrize(
    "head", ["| # | Topic | Summary | Source |", "| # | トピック | 概要 | ソース |", "| # | 标题 | 摘要 | 来源 |"]
)
def test_table_whose_only_link_is_the_source_has_its_headlines_before(head: str) -> None:
    rows = f"| 1 | A kite flies | High up. | [The Paper]({U}1) |\n| 2 | A boat sails | Far out. | [The Wire]({U}2) |\n"
    digest = read(f"## News\n\n{head}\n|---|---|---|---|\n{rows}")
    assert heads(digest) == [("A kite flies", U + "1"), ("A boat sails", U + "2")]
    assert "The Paper" in digest.items[0].body.plain


def test_table_is_items_beside_a_short_list_without_links() -> None:
    rows = "".join(f"| {number} | [Kite {number}]({U}{number}) | Flies. |\n" for number in range(1, 4))
    digest = read(f"## Ranking\n\n| # | Name | Note |\n|---|---|---|\n{rows}\n## Languages\n\n- Rust: 2\n- Go: 1\n")
    assert heads(digest) == [(f"Kite {number}", f"{U}{number}") for number in range(1, 4)]


def test_titles_of_containers_are_headlines() -> None:
    assert sections(
        "## 公告\n\n::: warning 今晚交换机升级\n预计中断十五分钟。\n:::\n\n"
        "::: tip 新版工单上线\n旧地址会跳转。\n:::\n\n"
        "## 复盘\n\n::: danger 数据库只读\n磁盘告警没有人看。\n:::\n\n::: details 证书误报\n时区写错，已修复。\n:::\n"
    ) == [("公告", "今晚交换机升级"), ("公告", "新版工单上线"), ("复盘", "数据库只读"), ("复盘", "证书误报")]


def test_links_behind_a_sections_name_are_no_part_of_it() -> None:
    text = "".join(
        f"#### {name} - [Code]({U}{name}), [Blog]({U}b{name})\n* [{one}]({U}1)：看潮水\n* [{two}]({U}2)：看冰面\n\n"
        for name, one, two in [("小渔(厦门)", "潮汐钓点", "渔港天气"), ("阿北(哈尔滨)", "冰面厚度", "雪地导航")]
    )
    assert [section for section, _ in sections(text)] == ["小渔(厦门)"] * 2 + ["阿北(哈尔滨)"] * 2


def test_advertisement_between_rules_does_not_end_the_news() -> None:
    job = "### [{} — Engineer]({}{})\nAnywhere, full-time.\n\nYou will own a service.\n\n"
    text = (
        "## Engineering\n\n" + job.format("Quay", U, 1) + job.format("Tern", U, 2) + "## Design\n\n"
        f"{job.format('Lamp', U, 3)}---\n\n**Hiring?** Post your job for $0: [send it in]({U}post)\n\n---\n\n"
        f"## Writing\n\n{job.format('Atlas', U, 4)}"
    )
    assert [section for section, headline in sections(text) if "Hiring" not in headline] == [
        "Engineering",
        "Engineering",
        "Design",
        "Writing",
    ]


def test_line_below_items_that_are_all_alike_ends_the_page() -> None:
    names = [
        "A kite flies over town",
        "A boat sails home today",
        "A fish swims upstream",
        "A goose crosses",
        "A bus stops",
    ]
    items = "".join(f"→ [{name}]({U}{number})\n\nIt took {number} days.\n\n" for number, name in enumerate(names))
    digest = read(f"{items}Made of leftover paper.\n")
    assert [headline for headline, _ in heads(digest)] == names
    assert "leftover paper" in digest.trailing.plain


def test_source_in_brackets_behind_the_first_line_is_the_items_link() -> None:
    digest = read(
        f"- **Vote postponed**: the choir rehearses. ([Warden]({U}1))\n"
        f"- **Budget passes**: seven to two; a [paper]({U}x) tells why. ([Ledger]({U}2))\n"
        f"  - The mayor abstained. ([Post]({U}y))\n- **Library gets a law**: lending is legal. ([Gazette]({U}3))\n"
    )
    assert [url for _, url in heads(digest)] == [U + "1", U + "2", U + "3"]


def test_parts_of_a_program_are_no_headlines() -> None:
    digest = read(f"* **cli:** `watch` prints what it waits for ([#1]({U}1))\n* **cache:** share it ([#2]({U}2))\n")
    assert [item.headline for item in digest.items] == ["cli: watch prints what it waits for", "cache: share it"]


def test_plain_lines_that_repeat_headlines_are_a_contents_list() -> None:
    titles = ["青果发布廉价电脑", "三家车企同日降价", "老牌相机停产四十年", "地铁试行安静车厢"]
    news = "".join(f"**{title}**\n\n{title[:2]}在周一宣布了这件事。（晚报）\n\n" for title in titles)
    lines = "\n\n".join(titles)
    digest = read(f"## 今日热点导览\n\n{lines}\n\n## 大公司\n\n{news}")
    assert [item.headline for item in digest.items] == titles


def test_list_of_sections_may_hold_a_list_of_its_own() -> None:
    text = f"""
- Events:
    - [Monthly meetup]({U}1) Thu
    - [Berlin, hybrid]({U}2) Wed
- Org Mode:
    - [Agenda views by energy]({U}3)
    - Tips:
        - [Refile without thinking]({U}4)
        - [Capture from the phone]({U}5)
"""
    assert [url for _, url in heads(read(text))] == [U + str(number) for number in range(1, 6)]


def test_bold_line_among_bold_leads_is_an_item() -> None:
    text = "**The Salt Road** by Ada Kern\nA family, a truck.\n\n**Small Engines** by Piet Vos\nOn lawn mowers.\n\n"
    digest = read(f"## Books\n\n{text}## Games\n\n**Tidepool**\nYou are a crab.\n")
    assert [item.section for item in digest.items] == ["Books", "Books", "Games"]


@pytest.mark.parametrize("line", ["**Harbour Brief** · 24 November 2026", "渔港早报 2026年11月24日"])
def test_first_line_with_a_name_and_a_date_is_the_title(line: str) -> None:
    digest = read(f"{line}\n\n- [A kite flies]({U}1)\n- [A boat sails]({U}2)\n", head="")
    assert digest.title == line.replace("**", "")
    assert digest.date is not None
    assert calendar_day(digest.date).isoformat() == "2026-11-24"


def test_section_built_unlike_the_others_is_an_item_and_left_out_nowhere() -> None:
    text = f"""
## Featured

- [Blocks]({U}1)
- [Cake]({U}2)

## Package of the week

This week's package is [Herman]({U}3), a manager for recipes.

It is small.

## Quick signals

- Chips: a bill to block exports
- Health: a panel ends a rule

## Events

- [Hangout in Oslo]({U}4)
- [Meetup in Bern]({U}5)
"""
    digest = read(text)
    assert [(item.section, item.headline) for item in digest.items] == [
        ("Featured", "Blocks"),
        ("Featured", "Cake"),
        ("Package of the week", "This week's package is Herman, a manager for recipes."),
        ("Quick signals", "Chips: a bill to block exports"),
        ("Quick signals", "Health: a panel ends a rule"),
        ("Events", "Hangout in Oslo"),
        ("Events", "Meetup in Bern"),
    ]
    assert digest.items[2].body.plain == "It is small."
    assert not digest.trailing.plain


def test_text_above_deeper_sections_is_no_item() -> None:
    news = "".join(f"### {name}\n\n- [{name} ships]({U}{name})\n- [{name} sinks]({U}{name}2)\n\n" for name in "AB")
    digest = read(f"## News\n\n### First\n\n- [One]({U}1)\n- [Two]({U}2)\n\n## Abroad\n\nWhat others say.\n\n{news}")
    assert "What others say." not in [item.headline for item in digest.items]


CHANNELS = {
    "zh": ("欢迎关注", "公众号", "知乎", "RSS"),
    "en": ("Elsewhere", "Our Discord", "X (Twitter)", "Mailing list"),
    "ja": ("ほかの場所で", "メルマガ", "Mastodon", "ポッドキャスト"),
    "ko": ("다른 곳에서", "카카오톡", "유튜브", "RSS"),
    "ru": ("Мы в сети", "Телеграм", "Подкаст", "ВКонтакте"),
    "es": ("Dónde encontrarnos", "Correo", "Canal de Telegram", "Pódcast"),
}


@pytest.mark.parametrize("language", sorted(CHANNELS))
@pytest.mark.parametrize("entry", ["- [{}]({})", "* **[{}]({})**", "- {}: {}"])
def test_list_of_channels_at_the_end_is_no_news(language: str, entry: str) -> None:
    name, *channels = CHANNELS[language]
    news = f"## A\n\n- [A kite flies]({U}1)\n- [A boat sails]({U}2)\n\n## B\n\n- [A fish swims]({U}3)\n"
    rows = "\n".join(entry.format(channel, f"{U}c{number}") for number, channel in enumerate(channels))
    digest = read(f"{news}\n---\n\n**{name}**\n\n{rows}\n")
    assert [item.headline for item in digest.items] == ["A kite flies", "A boat sails", "A fish swims"]
    assert [channel in digest.trailing.plain for channel in channels] == [True] * 3


def test_last_sentence_with_the_words_of_credits_is_no_farewell() -> None:
    last = "Most of the code was written by volunteers."
    digest = read(f"## [A kite flies]({U}1)\n\nBy wind.\n\n## [A boat sails]({U}2)\n\nBy tide.\n\n{last}\n")
    assert (digest.trailing.plain, last in digest.items[-1].body.plain) == ("", True)


def test_further_point_of_the_last_item_is_no_farewell() -> None:
    points = "In the wind.\n\n(1) It is light.\n\n(2) It is quick."
    items = [f"**[A {name} moves]({U}{name})**\n\n{points}" for name in ("kite", "boat", "fish")]
    digest = read("\n\n".join((*items, "(3) It costs little.\n")))
    assert (digest.trailing.plain, "It costs little" in digest.items[-1].body.plain) == ("", True)


def test_related_links_of_the_last_item_stay_its_own() -> None:
    news = "\n\n".join(
        f"## [{title}]({U}{title})\n\n正文在此。" for title in ("风筝飞起来了", "小船出海了", "鱼游回来了")
    )
    digest = read(f"{news}\n\n相关链接：\n- [旧事甲]({U}a)\n- [旧事乙]({U}b)\n\n---\n\n## 点评\n\n都是好事。\n")
    assert [item.headline for item in digest.items] == ["风筝飞起来了", "小船出海了", "鱼游回来了"]
    assert "旧事乙" in digest.items[-1].body.plain


def test_paragraphs_with_emoji_of_several_signs_are_items() -> None:
    lines = [f"{sign} A [thing]({U}{at}) that moves. And {sign}more: a lot." for at, sign in enumerate("🚲⛵🐟🪁")]
    joined = f"🧑\u200d🎤 A study on [what]({U}s) singers earn. The sum: little."
    digest = read("## Links\n\n" + "\n\n".join((*lines[:2], joined, *lines[2:])) + "\n")
    assert [item.url for item in digest.items] == [U + end for end in ("0", "1", "s", "2", "3")]


def test_bold_links_of_one_word_are_headlines_and_a_link_to_the_issue_before_is_none() -> None:
    items = "\n\n".join(f"**[{name}]({U}{name})**\nIt flies." for name in ("kite", "sieve", "kettle"))
    digest = read(f"# Things of 25 November\n\n## Tools\n\n{items}\n\n---\n\n[← Previous issue]({U}213)\n")
    assert [item.headline for item in digest.items] == ["kite", "sieve", "kettle"]


@pytest.mark.parametrize("label", ["Title", "标题"])
def test_title_that_a_field_repeats_is_no_headline_of_its_own(label: str) -> None:
    names = ("Keys from folded paper", "Counting syllables", "A dictionary by readers")
    fields = "- **{label}**: {name}\n- **Link**: [{url}]({url})\n- **Date**: 2026-11-23"
    items = [f"## {name}\n\n{fields.format(label=label, name=name, url=U + name[:4])}" for name in names]
    digest = read("# Papers\n\n" + "\n\n".join(items) + "\n")
    assert [item.headline for item in digest.items] == list(names)


@pytest.mark.parametrize(
    ("numbers", "are_numbers"),
    [
        (["1.1", "1.2", "2.1", "2.2"], True),
        (["3.1", "3.2"], True),
        (["3.5", "1.2", "7.1"], False),  # versions
        (["1.2", "1.3"], False),
        (["1.1", "1.3"], False),
    ],
)
def test_outline_numbers_are_numbers_if_they_count(numbers: list[str], are_numbers: bool) -> None:
    digest = read("".join(f"### {number} Kite {at}\n\nFlies.\n\n" for at, number in enumerate(numbers)))
    headlines = [f"Kite {at}" if are_numbers else f"{number} Kite {at}" for at, number in enumerate(numbers)]
    assert [item.headline for item in digest.items] == headlines


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
@pytest.mark.parametrize(
    "numbers",
    [
        ["1.", "2.", "3."],
        ["01", "02", "03"],
        ["1、", "2", "3"],
        ["**1.**", "**2**", "3"],
        ["1)", "2)", "3)"],
        ["-"] * 3,
    ],
)
def test_number_alone_on_a_line_is_that_of_the_line_below(numbers: list[str], gap: str) -> None:
    digest = read("".join(f"{number}{gap}Kite {at}\n\nIt flies.\n\n" for at, number in enumerate(numbers)))
    assert [(item.headline, item.body.plain) for item in digest.items] == [
        (f"Kite {at}", "It flies.") for at in range(3)
    ]


def test_bullet_left_over_at_the_end_of_a_list_takes_nothing() -> None:
    digest = read(f"- [A kite flies]({U}1)\n- [A boat sails]({U}2)\n-\n\nSee you tomorrow.\n")
    assert heads(digest) == [("A kite flies", U + "1"), ("A boat sails", U + "2")]
