"""Tables and pictures of a digest: their cells, their places, and what stays as it was."""

from __future__ import annotations

from domain.chat.text import Style
from tests.digest.reading import HEAD, read

TABLE = """\
| City | Weather |
| --- | --- |
| [Berlin](https://b.example/) | |
| Lima | **dry**<br>cold |
"""


def test_table_keeps_its_cells_and_the_lines_that_stand_for_it() -> None:
    digest = read("1. [T](https://t.example/)\n\n    Text.\n\n" + "".join(f"    {x}\n" for x in TABLE.splitlines()))
    [table] = digest.tables
    assert [[cell.plain for cell in row] for row in table.rows] == [
        ["City", "Weather"],
        ["Berlin", ""],
        ["Lima", "dry\ncold"],
    ]
    assert table.lines.plain == "City | Weather\nBerlin\nLima | dry | cold"
    assert table.lines.plain in digest.items[0].body.plain
    assert [span.value for span in table.rows[1][0].spans if span.style is Style.LINK] == ["https://b.example/"]


def test_table_of_omitted_matter_is_left_out() -> None:
    digest = read(f"1. [T](https://t.example/)\n\n    Text.\n\n---\n\n{TABLE}")
    assert digest.trailing.plain
    assert digest.tables == ()


PICTURED = """\
Introduction. ![start](https://p.example/0.png)

1. [One](https://t.example/1)

    Text. ![one](https://p.example/1.png)

    ![linked](https://p.example/1b.png)

2. [Two](https://t.example/2)

    Text.

    [![two](https://p.example/2.png)](https://t.example/2b)

    <img src="https://p.example/2c.png" alt="html">

## Commentary

Words. ![end](https://p.example/3.png)

---

Advertisement ![ad](https://p.example/4.png)
"""


def test_pictures_belong_to_the_part_in_which_they_stand() -> None:
    digest = read(PICTURED)
    assert [(picture.position, picture.url[-6:], picture.text) for picture in digest.pictures] == [
        (0, "/0.png", "start"),
        (1, "/1.png", "one"),
        (1, "1b.png", "linked"),
        (2, "/2.png", "two"),
        (2, "2c.png", "html"),
        (3, "/3.png", "end"),
    ]


def test_only_pictures_on_the_web_are_kept() -> None:
    sources = "![a](/a.png) ![b](data:image/png;base64,x) ![c](javascript:x) ![d](HTTPS://p.example/d.png)"
    digest = read(f"1. [T](https://t.example/)\n\n    Text. {sources}\n")
    assert [picture.url for picture in digest.pictures] == ["HTTPS://p.example/d.png"]


def test_problems_say_what_only_the_rich_layout_shows() -> None:
    text = f"1. [T](https://t.example/)\n\n    Text. ![a](/a.png) ![b](https://p.example/b.png)\n\n{TABLE}"
    digest = read(text, head=HEAD.replace("---\n\n", "pictures: none\n---\n\n"))
    messages = [problem.message for problem in digest.problems if problem.code[:4] in ("D401", "D407")]
    assert [message.partition(":")[0] for message in messages] == [
        "An image is left out",
        "An image is shown only in the rich layout",
        "A table is shown as lines of text, except in the rich layout",
    ]


def test_hash_covers_pictures_and_cells() -> None:
    def written(picture: str, cell: str) -> str:
        table = f"    | A | B |\n    | --- | --- |\n    | {cell} | x |\n"
        return read(f"1. [T](https://t.example/)\n\n    Text. {picture}\n\n{table}").content_hash

    one = "![a](https://p.example/1.png)"
    assert len({written(one, ""), written(one.replace("1", "2"), ""), written("", ""), written(one, "x | y")}) == 4
