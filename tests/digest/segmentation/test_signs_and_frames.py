"""Rows of signs, framed names, hashtags above titles, references, changelogs, and messages copied from Telegram."""

from __future__ import annotations

import pytest

from tests.digest.reading import bodies, codes, heads, read

U = "https://example.org/"


@pytest.mark.parametrize(
    "row", ["➖➖➖➖➖➖➖➖", "・‥…━━━━━━━━…‥・", "———————", "· · · · · ·", "⸻", "= = = = = =", "◇◆◇◆◇◆◇"]
)
def test_a_row_of_signs_is_a_rule(row: str) -> None:
    digest = read(
        f"**甲发布新品**\n\n它能看图。[来源]({U}1)\n\n{row}\n\n**乙芯片量产**\n\n产能翻倍。[来源]({U}2)\n\n{row}\n\n"
        f"**丙完成融资**\n\n金额没有公布。[来源]({U}3)\n\n{row}\n\n欢迎转发。"
    )
    assert [name for name, _ in heads(digest)] == ["甲发布新品", "乙芯片量产", "丙完成融资"]
    assert bodies(digest) == ["它能看图。来源", "产能翻倍。来源", "金额没有公布。来源"]


@pytest.mark.parametrize("row", ["⭐⭐⭐⭐⭐", "●●●●●", "👍👍👍👍👍"])
def test_a_row_that_rates_stays(row: str) -> None:
    digest = read(f"1. [甲发布新品]({U}1)\n\n   {row}\n\n2. [乙芯片量产]({U}2)\n\n   产能翻倍。")
    assert row in bodies(digest)[0]


@pytest.mark.parametrize("frame", ["◇◆ {} ◆◇", "★★{}★★", "==== {} ====", "◆◇◆ {} ◆◇◆", "▓▓ {} ▓▓"])
def test_a_framed_line_names_a_section(frame: str) -> None:
    digest = read(
        f"{frame.format('今週の話題')}\n\n▼空き家の鍵を借りられる町\n見学できる鍵を貸し出します。\n→ {U}1\n\n"
        f"▼バス停に本棚\n五分で読める本を置きます。\n→ {U}2\n\n{frame.format('調査の報告')}\n\n"
        f"▼後継者の調査\n前回より増えました。\n→ {U}3\n\n▼看板の調査\n前回より減りました。\n→ {U}4\n"
    )
    assert [item.headline.removeprefix("▼") for item in digest.items] == [
        "空き家の鍵を借りられる町",
        "バス停に本棚",
        "後継者の調査",
        "看板の調査",
    ]
    assert [item.section.strip("◇◆★=▓ ") for item in digest.items] == ["今週の話題"] * 2 + ["調査の報告"] * 2


def test_hashtags_above_a_title_belong_to_its_item() -> None:
    digest = read(
        f"#交通 #開放資料\n**延誤資料每分鐘更新**\n\n附上延誤原因的代碼。\n\n🔗 {U}1\n\n---\n\n"
        f"#資安\n**會員程式洩漏生日**\n\n業者表示已經下架。\n\n🔗 {U}2\n\n---\n\n"
        f"#硬體\n**電子紙時鐘**\n\n充電一次三個月。\n\n🔗 {U}3\n"
    )
    assert [name for name, _ in heads(digest)] == ["延誤資料每分鐘更新", "會員程式洩漏生日", "電子紙時鐘"]
    assert "#交通 #開放資料" in bodies(digest)[0] + " ".join(problem.message for problem in digest.problems)


@pytest.mark.parametrize("name", ["参考资料", "References", "Источники", "参考文献", "참고 자료"])
def test_numbered_addresses_at_the_end_are_no_items(name: str) -> None:
    items = "\n\n".join(
        f"**0{n}**\n\n**第 {n} 条新闻的标题**\n\n正文有两句话。第二句引用了资料。[{n}]" for n in range(1, 5)
    )
    references = "\n\n".join(f"[{n}] {U}{n}" for n in range(1, 5))
    digest = read(f"{items}\n\n**{name}**\n\n{references}\n")
    assert [item.headline for item in digest.items] == [f"第 {n} 条新闻的标题" for n in range(1, 5)]


@pytest.mark.parametrize(
    "heading",
    [
        "[{0}]({1}) `1.{2}` → `2.{2}`",
        "[{0} 2.{2}]({1})",
        "{0} ([release]({1}))",
        "⚠️ [{0}]({1}) 2.{2}",
        "[{0}]({1}), patch",
    ],
)
def test_plain_lists_below_linked_headings_are_their_text(heading: str) -> None:
    changes = "- Sessions no longer commit\n- Old versions are dropped\n- Keys can be renamed"
    releases = [heading.format(name, f"{U}{name}", n) for n, name in enumerate(("pebble", "tarn", "lintel", "wren"))]
    digest = read("\n\n".join(f"## {release}\n\n{changes}" for release in releases))
    assert [item.url for item in digest.items] == [f"{U}{name}" for name in ("pebble", "tarn", "lintel", "wren")]


def test_a_title_line_above_prose_with_its_source_is_the_headline() -> None:
    texts = ("公司做的是清扫机器人，去年出货一千台。", "产品单价不高，首批已经卖完。", "知情人士称，看中的是仓库。")
    titles = ("云杉完成融资", "六点拿到天使轮", "麦田收购厨房")
    digest = read(
        "\n\n".join(
            f"[融资] {title}\n{text}（[邮报]({U}{n})）"
            for n, (title, text) in enumerate(zip(titles, texts, strict=True))
        )
    )
    assert [item.headline.removeprefix("[融资] ") for item in digest.items] == list(titles)
    assert [item.url for item in digest.items] == [U + "0", U + "1", U + "2"]


@pytest.mark.parametrize(
    "head",
    [
        "Провода, [24.11.2026 08:0{}]",
        "**Wires, [11/24/26 8:0{} AM]**",
        "电线频道, [2026/11/24 08:0{}]",
        "Wires, [24.11.2026, 08:0{}:15]",
    ],
)
def test_heads_of_messages_copied_from_telegram_are_rules(head: str) -> None:
    messages = [f"⚡️ **Headline number {n}**\n\nA text about it with a [source]({U}{n})." for n in range(1, 4)]
    digest = read("\n\n".join(f"{head.format(n)}\n{message}" for n, message in enumerate(messages)))
    assert [item.headline.removeprefix("⚡️ ") for item in digest.items] == [f"Headline number {n}" for n in range(1, 4)]
    told = [problem.message for problem in digest.problems if problem.code == "D507-message-heads"]
    assert len(told) == 1
    assert head.format(2).strip("*") in told[0]


def test_a_single_head_of_a_message_and_one_within_a_line_stay() -> None:
    digest = read(
        f"1. [T]({U}1)\n\n   As Ann, [24.11.2026 08:03] put it.\n\n"
        f"2. [S]({U}2)\n\n   Text.\n\nAnn, [24.11.2026 08:03]\n"
    )
    assert "D507-message-heads" not in codes(digest)
