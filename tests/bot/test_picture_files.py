"""Pictures beside the digests: hostile until checked, by their path, their kind and their bytes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bot.picture_files import PictureFolder
from digest.model import PictureMode
from digest.picture_file import MAX_PICTURE_BYTES, PictureProblem, picture_problem, picture_size
from digest.reader import read_digests
from storage import pictures
from storage.pictures import PendingPicture
from tests.bot.folder_harness import TODAY, folder_harness
from tests.pictures import jpeg, png, webp

HEAD = "---\ntitle: News\ndate: 2025-09-12\npictures: album\n---\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a digest folder with pictures, and beside it what must not be read."""
    (tmp_path / "secret.png").write_bytes(png())
    folder = tmp_path / "digests"
    (folder / "img" / "deep").mkdir(parents=True)
    for path in ("a.png", "img/b c.png", "img/deep/d.png", "图.png"):
        (folder / path).write_bytes(png())
    (folder / "link.png").symlink_to("a.png")
    (folder / "out.png").symlink_to("../secret.png")
    (folder / "linked").symlink_to("img")
    (folder / "up").symlink_to("..")
    (folder / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.png")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "s.png"))
    return folder


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("a.png", None),
        ("./a.png", None),
        ("img/b%20c.png", None),
        ("img//deep/d.png?raw=true", None),
        ("图.png", None),
        ("%E5%9B%BE.png", None),
        ("img/none.png", PictureProblem.MISSING),
        ("../secret.png", PictureProblem.OUTSIDE),
        ("img/../../secret.png", PictureProblem.OUTSIDE),
        ("%2e%2e/secret.png", PictureProblem.OUTSIDE),
        ("/etc/passwd", PictureProblem.OUTSIDE),
        ("%2Fetc/passwd", PictureProblem.OUTSIDE),
        ("..\\secret.png", PictureProblem.OUTSIDE),
        ("a.png\0", PictureProblem.OUTSIDE),
        ("", PictureProblem.OUTSIDE),
        ("/".join("x" * 9), PictureProblem.OUTSIDE),
        ("link.png", PictureProblem.NOT_A_FILE),
        ("out.png", PictureProblem.NOT_A_FILE),
        ("linked/b c.png", PictureProblem.NOT_A_FILE),
        ("up/secret.png", PictureProblem.NOT_A_FILE),
        ("zero.png", PictureProblem.NOT_A_FILE),
        ("pipe.png", PictureProblem.NOT_A_FILE),
        ("s.png", PictureProblem.NOT_A_FILE),
        ("img", PictureProblem.NOT_A_FILE),
        ("a.png/b.png", PictureProblem.NOT_A_FILE),
        ("x" * 300 + ".png", PictureProblem.NOT_A_FILE),
    ],
)
def test_only_regular_files_beside_or_below_the_digest_are_read(
    folder: Path, path: str, result: PictureProblem | None
) -> None:
    assert PictureFolder(folder)(path) == (png() if result is None else result)


def test_large_file_is_not_read(folder: Path) -> None:
    with (folder / "large.png").open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    assert PictureFolder(folder)("large.png") is PictureProblem.TOO_LARGE


def test_young_file_may_be_incomplete(folder: Path) -> None:
    written = (folder / "a.png").stat().st_ctime
    for age, expected in ((29.0, PictureProblem.CHANGING), (31.0, png()), (-5.0, png())):
        reader = PictureFolder(folder, quiet_seconds=30, wall_clock=lambda age=age: written + age)  # type: ignore[misc]
        assert reader("a.png") == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (png(), None),
        (jpeg(), None),
        (webp(), None),
        (png(5000, 5000), None),
        (png(5000, 5001), PictureProblem.TOO_MANY_PIXELS),
        (jpeg(200, 10), None),
        (jpeg(201, 10), PictureProblem.TOO_NARROW),
        (webp(1, 21), PictureProblem.TOO_NARROW),
        (png(0, 5), PictureProblem.NO_PICTURE),
        (b"", PictureProblem.NO_PICTURE),
        (b"\x89PNG\r\n\x1a\n", PictureProblem.NO_PICTURE),
        (b"\xff\xd8\xff", PictureProblem.NO_PICTURE),
        (b"\xff\xd8\xff\xe0\x00\x00" * 50, PictureProblem.NO_PICTURE),
        (b"GIF89a" + bytes(20), PictureProblem.NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureProblem.NO_PICTURE),
        (b"#!/bin/sh\n", PictureProblem.NO_PICTURE),
        (png() + bytes(MAX_PICTURE_BYTES), PictureProblem.TOO_LARGE),
    ],
    ids=lambda value: f"{value[:12]!r}" if isinstance(value, bytes) else str(value),
)
def test_bytes_decide_what_is_a_photo(data: bytes, problem: PictureProblem | None) -> None:
    assert picture_problem(data) is problem


def test_every_beginning_of_a_picture_is_read_without_an_error() -> None:
    for data in (png(), jpeg(), webp()):
        for end in range(len(data)):
            assert picture_size(data[:end]) in (None, (8, 6))


def test_digest_names_files_addresses_and_neither(folder: Path) -> None:
    images = (
        "![one](a.png) ![web](https://p.example/w.png) ![again](./a.png) ![gone](none.png) ![odd](data:image/png;x)"
    )
    text = f"{HEAD}1. [T](https://t.example/)\n\n    Text. {images}\n"
    (digest,) = read_digests(text.encode(), read_picture=PictureFolder(folder))
    assert digest.picture_mode is PictureMode.ALBUM
    assert [(photo.url, photo.position) for photo in digest.photos] == [("a.png", 1), ("https://p.example/w.png", 1)]
    told = [
        (problem.code[:4], problem.message.partition(":")[0]) for problem in digest.problems if "D4" in problem.code
    ]
    assert sorted(told) == [
        ("D401", "An image is left out"),
        ("D401", "An image is left out, because there is no such file beside the digest"),
        ("D408", "An image is sent as a photo"),
        ("D408", "An image is sent as a photo"),
        ("D408", "An image is sent as a photo"),
    ]


def test_album_holds_ten(folder: Path) -> None:
    for number in range(11):
        (folder / f"{number}.png").write_bytes(png(shade=number))
    text = HEAD + "".join(f"{n + 1}. [T{n}](https://t.example/{n})\n\n    Text. ![]({n}.png)\n\n" for n in range(11))
    (digest,) = read_digests(text.encode(), read_picture=PictureFolder(folder))
    assert len(digest.photos) == 10
    [problem] = [problem for problem in digest.problems if problem.code == "D401-image-left-out"]
    assert "because an album holds ten" in problem.message
    changed = (folder / "3.png").write_bytes(png(shade=99))
    assert changed
    (other,) = read_digests(text.encode(), read_picture=PictureFolder(folder))
    assert other.content_hash != digest.content_hash


async def test_digest_waits_for_a_picture_that_is_missing_or_being_written(tmp_path: Path) -> None:
    async with folder_harness(tmp_path) as h:
        item = "1. [T](https://t.example/)\n\n    Text. ![x](x.png)\n"
        h.write("news.md", f"---\ntitle: News\ndate: {TODAY}\npictures: album\n---\n\n{item}")
        await h.look(10)
        assert h.published == []
        (h.path / "x.png").write_bytes(png())
        await h.look(10)
        assert h.published == []
        await h.look(30)
        assert len(h.published) == 1
        digest = await h.stored()
        assert digest is not None
        [photo] = digest.photos
        async with h.database.read() as tx:
            waiting = await pictures.pending(tx, now=h.now)
        assert waiting == PendingPicture(photo.key, "x.png", png())
