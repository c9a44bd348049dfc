"""Pictures in ordinary messages: which message shows which, what they cost, and what editors are told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.model import Digest, Picture, PictureMode
from domain.chat.i18n import Translations
from domain.chat.message import Message, PicturePreview
from domain.subscription.preferences import ContentPreferences, Layout
from storage.correction_runs import DraftedCorrection
from tests.delivery.harness import edition
from tests.digest.reading import codes, read
from views.albums import album_call
from views.corrections import question_parts
from views.digest_messages import category_view, commentary_view, item_view, plain_messages
from views.pictures import picture_lines

SAY = Translations.load().translator("en")

TEXT = """\
![cover](https://p.example/0.png) Good morning.

## Science

1. [One](https://t.example/1)

    {filler}

2. [Two](https://t.example/2)

    {filler} ![two](https://p.example/2.png) ![second](https://p.example/2b.png) ![own](two.jpg)

3. [Three](https://t.example/3)

    {filler} <img src="https://p.example/3.png" alt="three">

## Commentary

Words. ![end](https://p.example/4.png)
"""


def pictured(pictures: str = "preview", *, filler: str = "Text.") -> Digest:
    head = f"---\ntitle: News\ndate: 2025-09-12\npictures: {pictures}\n---\n\n"
    return read(TEXT.format(filler=filler), head=head)


def shown(messages: tuple[Message, ...]) -> list[str | None]:
    """Return what the link preview of each message shows, without host and ending."""
    pictures = [message.picture for message in messages]
    return [None if picture is None else picture.url[len("https://p.example/") : -4] for picture in pictures]


def messages(digest: Digest, layout: Layout = Layout.FULL) -> tuple[Message, ...]:
    return plain_messages(digest, ContentPreferences(layout, "en"), SAY)


def test_message_shows_the_first_picture_that_begins_in_it() -> None:
    digest = pictured(filler="word " * 500)
    assert shown(messages(digest)) == ["0", "2", "3"]
    assert shown(messages(digest, Layout.HEADLINES)) == ["0"]


def test_message_in_which_no_pictured_item_begins_shows_none() -> None:
    digest = pictured(filler="word " * 1500)
    assert shown(messages(digest)) == ["0", None, "2", None, "3", "4"]


def test_reader_without_an_item_does_not_get_its_picture() -> None:
    digest = pictured()
    muted = ContentPreferences(Layout.HEADLINES, "en", muted_words=frozenset({"two"}))
    alone = replace(digest, pictures=tuple(one for one in digest.pictures if one.position == 2))
    assert shown(messages(alone, Layout.HEADLINES)) == ["2"]
    assert shown(plain_messages(alone, muted, SAY)) == [None]


@pytest.mark.parametrize("filler", ["Text.", "word " * 500, "word " * 1500])
@pytest.mark.parametrize("layout", [Layout.HEADLINES, Layout.FULL])
def test_pictures_cost_no_message_and_change_no_text(layout: Layout, filler: str) -> None:
    with_pictures = messages(pictured(filler=filler), layout)
    without = messages(pictured("none", filler=filler), layout)
    assert [replace(message, picture=None) for message in with_pictures] == list(without)
    assert any(message.picture for message in with_pictures)


def test_views_show_the_picture_of_what_they_show() -> None:
    digest = pictured()
    assert [shown(item_view(digest, position, SAY)) for position in (1, 2, 3)] == [[None], ["2"], ["3"]]
    assert shown(commentary_view(digest, SAY)) == ["4"]
    assert shown(category_view(digest, "Science", SAY)) == ["2"]


def test_digest_without_pictures_is_not_affected() -> None:
    plain = read("1. [T](https://t.example/)\n\n    Text.\n")
    assert plain.picture_mode is PictureMode.NONE
    assert [message.link_preview_options() for message in messages(plain)] == [{"is_disabled": True}]
    assert plain.content_hash == read("1. [T](https://t.example/)\n\n    Text.\n", head=WITH_NONE).content_hash


WITH_NONE = "---\ntitle: 早报\ndate: 2025-09-12T08:00:00+08:00\npictures: none\n---\n\n"


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("preview", PictureMode.PREVIEW),
        ("Preview above", PictureMode.PREVIEW_ABOVE),
        ("preview-above", PictureMode.PREVIEW_ABOVE),
        ("none", PictureMode.NONE),
        ("no", PictureMode.NONE),
        ("yes", PictureMode.PREVIEW),
    ],
)
def test_editor_chooses_in_the_front_matter(written: str, mode: PictureMode) -> None:
    digest = pictured(written)
    assert digest.picture_mode is mode
    assert "D123-odd-pictures" not in codes(digest)


def test_where_the_picture_stands_is_visible_content() -> None:
    hashes = {pictured(written).content_hash for written in ("preview", "preview_above", "none")}
    assert len(hashes) == 3
    [message] = item_view(pictured("preview_above"), 2, SAY)
    assert message.picture == PicturePreview("https://p.example/2.png", is_above=True)
    options = {"is_disabled": False, "url": "https://p.example/2.png", "prefer_large_media": True}
    assert message.to_bot_api()["link_preview_options"] == options | {"show_above_text": True}


def test_odd_way_to_show_pictures_is_reported_with_its_line() -> None:
    digest = pictured("huge")
    [problem] = [problem for problem in digest.problems if problem.code == "D123-odd-pictures"]
    assert (problem.line, problem.message) == (
        4,
        "“huge” is no way to show pictures: write pictures: preview, preview_above, album, none.",
    )
    assert digest.picture_mode is PictureMode.PREVIEW


def test_editors_are_told_which_pictures_go_and_which_do_not() -> None:
    assert [line.plain for line in picture_lines(pictured(), SAY)] == [
        "🖼 4 pictures in link previews, which cost no message (lines 7, 17, 21, 25).",
        (
            "🖼 Line 17, column 1: An image is shown only in the rich layout, because a link preview shows one picture"
            " of an item: “second” (https://p.example/2b.png)."
        ),
        (
            "🖼 Line 17, column 1: An image is left out, because Telegram fetches the picture of a link preview from the"
            " web; pictures: album sends it: “own” (two.jpg)."
        ),
    ]
    assert list(picture_lines(pictured("none"), SAY)) == []


def test_editors_are_told_what_an_album_costs_and_that_its_photos_stay() -> None:
    digest = pictured("album")
    assert [line.plain for line in picture_lines(digest, SAY)] == [
        "🖼 5 photos in an album after the text, which are 5 messages more (lines 7, 17, 17, 21, 25).",
        "🖼 Line 17, column 1: An image is left out, because there is no such file beside the digest: “own” (two.jpg).",
    ]
    assert shown(messages(digest)) == [None]
    assert shown(item_view(digest, 2, SAY)) == ["2"]
    fewer = replace(digest, pictures=digest.pictures[:2])
    question = DraftedCorrection(run_id=1, edition=date(2025, 9, 12), people=2, former=digest, current=fewer)
    assert "The photos that were sent stay as they are" in "\n".join(question_parts(question, SAY))
    same = replace(question, current=digest)
    assert "photos" not in "\n".join(question_parts(same, SAY))


@pytest.mark.parametrize("count", [1, 2, 10])
def test_album_of_what_a_reader_gets(count: int) -> None:
    plain = edition(items=12)
    photos = tuple(Picture(f"{n}.png", "", n, f"key{n}") for n in range(1, 13))
    file_ids = {photo.key: f"id{photo.position}" for photo in photos}
    call = album_call(replace(plain, pictures=photos), range(1, count + 1), Layout.FULL, file_ids)
    assert call is not None
    assert call.count == count
    assert call.method == ("sendPhoto" if count == 1 else "sendMediaGroup")
    assert album_call(replace(plain, pictures=photos), (), Layout.FULL, file_ids) is None
    assert album_call(replace(plain, pictures=photos), range(1, count + 1), Layout.FULL, {}) is None
