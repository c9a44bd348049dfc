"""Photos in a conversation: a single item shows its own, and editors see an edition's album before its hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from digest.model import Digest, Picture, PictureMode
from domain.chat.action import Action, CallMethod, Send
from storage import pictures
from tests.handlers.dialogue import ADMIN, Bot, private
from tests.handlers.editions import edition

DAY = date(2025, 9, 12)
WEB = "https://p.example/2.png"
PHOTOS = (
    Picture("one.png", "", 1, "key1"),
    Picture("more.png", "more", 1, "key2"),
    Picture(WEB, "", 2, "key3"),
    Picture("three.png", "", 3, "key4"),
)


async def store(bot: Bot) -> Digest:
    """Store an edition with photos, all of them uploaded but for the last."""
    digest = replace(edition(DAY), pictures=PHOTOS, picture_mode=PictureMode.ALBUM)
    await bot.correct(digest)
    async with bot.database.write() as tx:
        await pictures.add(tx, digest, {}, now=bot.now)
        for photo in PHOTOS[:-1]:
            await pictures.set_file_id(tx, photo.key, f"id of {photo.url}")
    return digest


def sent_photos(actions: list[Action]) -> list[str]:
    """Return the file ids that ready calls send."""
    calls = [action for action in actions if isinstance(action, CallMethod)]
    media = [call.parameters.get("media") or [{"media": call.parameters["photo"]}] for call in calls]
    return [one["media"] for album in media for one in album]


def previews(actions: list[Action]) -> list[str | None]:
    """Return what the link previews of new messages show."""
    messages = [action.message for action in actions if isinstance(action, Send)]
    shown = [getattr(message, "picture", None) for message in messages]
    return [None if picture is None else picture.url for picture in shown]


async def test_opened_item_shows_its_own_pictures(bot: Bot) -> None:
    await store(bot)
    me = private(bot, 5, "en")
    first = (await me.say("/item 1")).actions
    assert (previews(first), sent_photos(first)) == ([None], ["id of one.png", "id of more.png"])
    second = (await me.say("/item 2")).actions
    assert (previews(second), sent_photos(second)) == ([WEB], [])
    waiting = (await me.say("/item 3")).actions
    assert (previews(waiting), sent_photos(waiting)) == ([None], [])
    several = (await me.say("/item 1-2")).actions
    assert sent_photos(several) == ["id of one.png", "id of more.png"]


async def test_item_turned_in_its_place_leaves_no_photos_behind(bot: Bot) -> None:
    await store(bot)
    me = private(bot, 5, "en")
    await me.say("/item 2")
    turned = (await me.press("◀")).actions
    assert sent_photos(turned) == []


async def test_preview_shows_the_album(bot: Bot) -> None:
    await store(bot)
    shown = await private(bot, ADMIN, "en").say(f"/preview {DAY} full en")
    assert sent_photos(shown.actions) == ["id of one.png", "id of more.png", f"id of {WEB}"]
