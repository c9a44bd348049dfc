"""Files that are not UTF-8 are read in the encoding that their bytes look like, and never turned into other words."""

from __future__ import annotations

from datetime import UTC

import pytest

from digest.fix import fix_source
from digest.parsing.encodings import find_encoding
from digest.parsing.source_text import read_source_text

HEAD = "---\ntitle: {title}\ndate: 2026-12-01\n---\n\n1. [{title}](https://news.example/1)\n\n   {text}\n"
DIGESTS = [
    ("gb18030", "GB 18030", "港口新增夜班渡轮", "首航定在周五晚上，船票与白天相同，市民可以用交通卡。"),
    ("gb18030", "GB 18030", "港口新增夜班渡輪", "首航定在週五晚上，船票與白天相同，市民可以用交通卡。"),
    ("big5", "Big5", "港口新增夜班渡輪", "首航定在週五晚上，船票與白天相同，市民可以用交通卡。"),
    ("shift_jis", "Shift JIS", "港に夜の渡し船", "初便は金曜の夜で、料金は昼と同じになる。"),
    ("euc_jp", "EUC-JP", "港に夜の渡し船", "初便は金曜の夜で、料金は昼と同じになる。"),
    ("euc_kr", "EUC-KR", "항구에 야간 여객선", "첫 배는 금요일 밤에 뜨고, 요금은 낮과 같다."),
    ("cp1251", "Windows-1251", "Ночной паром в порту", "Первый рейс будет в пятницу вечером, билет стоит как днём."),
    ("koi8_r", "KOI8-R", "Ночной паром в порту", "Первый рейс будет в пятницу вечером, билет стоит как днём."),
    ("cp1252", "Windows-1252", "Año nuevo, línea nueva", "El trayecto saldrá el miércoles a las ocho de la mañana."),
]


@pytest.mark.parametrize(("codec", "name", "title", "text"), DIGESTS)
def test_the_encoding_is_told_and_named(codec: str, name: str, title: str, text: str) -> None:
    written = HEAD.format(title=title, text=text)
    source = read_source_text(written.encode(codec))
    assert source.text == written
    (problem,) = source.problems
    assert (problem.code, problem.line) == ("D003-encoding", 2)
    assert f"looks like {name} and was read so" in problem.message


@pytest.mark.parametrize(("codec", "name", "title", "text"), DIGESTS)
def test_a_fixed_file_says_which_encoding_it_had(codec: str, name: str, title: str, text: str) -> None:
    written = HEAD.format(title=title, text=text)
    fixed = fix_source(written.encode(codec), name="x.md", zone=UTC)
    assert (fixed.data.decode(), fixed.changes, fixed.guessed_encoding) == (written, ("saved as UTF-8",), name)


def test_an_encoding_that_the_file_says_is_no_guess() -> None:
    fixed = fix_source(HEAD.format(title="渡轮", text="晚上").encode("utf-16"), name="x.md", zone=UTC)
    assert (fixed.changes, fixed.guessed_encoding) == (("saved as UTF-8",), "")


@pytest.mark.parametrize(
    "data",
    [
        HEAD.format(title="Ferry", text="at night").encode() + b"\x92",
        HEAD.format(title="港口新增夜班渡轮", text="首航").encode() + b"\n\xb8\xdb\xbf\xda\n",
        bytes(range(256)),
        b"",
        "nur Umlaute: äöü".encode(),
    ],
)
def test_damage_and_pictures_are_no_other_encoding(data: bytes) -> None:
    assert find_encoding(data) is None


def test_damaged_bytes_stay_where_they_are() -> None:
    data = HEAD.format(title="港口新增夜班渡轮", text="首航").encode() + b"\n\xb8\xdb\xbf\n"
    assert "\ufffd" in read_source_text(data).text
    assert fix_source(data, name="x.md", zone=UTC).data == data
