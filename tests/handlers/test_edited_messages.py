"""An admin edits a message after it became a broadcast: nothing goes out but what they were shown last."""

from __future__ import annotations

from typing import Any

import pytest

from domain.chat.action import CallMethod, Edit
from domain.delivery.broadcast import Broadcast
from domain.delivery.states import RunState
from storage import broadcasts
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, private
from tests.handlers.test_composing import payloads_of, state_of

SIZE = {"file_unique_id": "u", "width": 9, "height": 9}
PHOTO: dict[str, Any] = {"photo": [SIZE | {"file_id": "F"}], "caption": "Sunrise"}
AT_EIGHT = "Tonight at eight we are live, all of you are welcome"
_DELIVERED = (
    "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, message_id) "
    "SELECT run_id, 1, 1, content_id, id, 'sent', 3 FROM payloads WHERE run_id = 1"
)


@pytest.fixture
async def admin(bot: Bot) -> Voice:
    await private(bot, 7).say("/start")
    return private(bot, ADMIN)


async def _send_to_one(admin: Voice) -> None:
    """Press Send and let the only subscriber have it."""
    assert (await admin.press("📣 Send")).toast == "On its way."
    async with admin.bot.database.write() as tx:
        await sql(tx, _DELIVERED)
        await sql(tx, "UPDATE runs SET state = 'finished' WHERE id = 1")


async def _stored(bot: Bot, run_id: int) -> Broadcast:
    async with bot.database.read() as tx:
        stored = await broadcasts.get(tx, run_id)
    assert stored is not None
    return stored.broadcast


def _previews(answer: Answer) -> list[str]:
    shown = [action.parameters for action in answer.actions if isinstance(action, CallMethod)]
    return [str(parameters.get("text") or parameters.get("caption")) for parameters in shown]


@pytest.mark.parametrize(
    ("language", "card", "send", "refused"),
    [("en", "For 1 person", "📣 Send", "edited the text since"), ("zh", "发给 1 人", "发送", "后来改过内容")],
)
async def test_edited_draft_is_shown_anew(
    admin: Voice, bot: Bot, language: str, card: str, send: str, refused: str
) -> None:
    admin = private(bot, ADMIN, language)
    await admin.say("/broadcast at eight")
    stale = max(admin.seen)
    shown = await admin.edits(1, text="/broadcast at nine")
    assert _previews(shown) == ["at nine"]
    assert card in shown.text
    pressed = await admin.press_data("broadcast 1 send", on=stale)
    assert refused in pressed.toast
    assert _previews(pressed) == ["at nine"]
    assert [action.message_id for action in pressed.actions if isinstance(action, Edit)] == [stale]
    assert await state_of(bot, 2) is RunState.DRAFT
    assert (await admin.press(send)).toast
    ((_, _, parameters),) = await payloads_of(bot, 2)
    assert parameters["text"] == "at nine"


@pytest.mark.parametrize("notes_cards", [True, False])
async def test_card_that_was_never_pressed_retires_at_once(admin: Voice, bot: Bot, notes_cards: bool) -> None:
    bot.notes_cards = notes_cards
    await admin.say("/broadcast at eight")
    for text in ("at nine", "at ten"):
        card = max(admin.seen)
        shown = await admin.edits(1, text=f"/broadcast {text}")
        edited = [action.message_id for action in shown.actions if isinstance(action, Edit)]
        assert edited == ([card] if notes_cards else [])
        assert ("You have edited it since" in shown.text) is notes_cards
        assert "edited the text since" in (await admin.press_data("broadcast 1 send", on=2)).toast
    assert await state_of(bot, 3) is RunState.DRAFT


async def test_card_below_an_answer_retires_at_once(admin: Voice) -> None:
    await admin.say("/broadcast at eight")
    await admin.press("Add a link button")
    await admin.say("Watch - https://example.org")
    card = max(admin.seen)
    shown = await admin.edits(1, text="/broadcast at nine")
    assert [action.message_id for action in shown.actions if isinstance(action, Edit)] == [card]


async def test_message_below_which_the_question_hangs(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    shown = await admin.edits(1, **PHOTO | {"caption": "Sunset"})
    assert _previews(shown) == ["Sunset"]
    assert "🖼 Photo\nSunset" in shown.text
    assert "📣 Broadcast" in shown.labels, "it asks again, since nothing was chosen yet"
    assert "edited the text since" in (await admin.press_data("broadcast 1 open")).toast
    await admin.press("Broadcast")
    await admin.press("📣 Send")
    ((_, _, parameters),) = await payloads_of(bot, 2)
    assert parameters["caption"] == "Sunset"


async def test_opened_card_gives_way_to_that_of_the_new_text(admin: Voice, bot: Bot) -> None:
    await admin.sends(text=AT_EIGHT)
    await admin.press("Broadcast")
    for text in ("At nine", "At ten"):
        opened = max(admin.seen)
        shown = await admin.edits(1, text=text)
        assert _previews(shown) == [text]
        assert "📣 Send" in shown.labels, "the card of options, not once more the question what to do"
        (former,) = (action for action in shown.actions if isinstance(action, Edit))
        assert former.message_id == opened
        assert "You have edited it since" in shown.text
    await admin.press("📣 Send")
    ((_, _, parameters),) = await payloads_of(bot, 3)
    assert parameters["text"] == "At ten"


async def test_edited_draft_keeps_its_options_and_question(admin: Voice, bot: Bot) -> None:
    await admin.sends(text=AT_EIGHT)
    await admin.press("Broadcast")
    await admin.press("Silent")
    await admin.press("Add a link button")
    await admin.edits(1, text="At nine")
    await admin.say("Watch - https://example.org")
    ((_, _, parameters),) = await payloads_of(bot, 2)
    assert (parameters["text"], parameters["disable_notification"]) == ("At nine", True)
    assert parameters["reply_markup"]["inline_keyboard"] == [[{"text": "Watch", "url": "https://example.org"}]]


async def test_one_caption_of_an_album(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO, media_group_id="7")
    await admin.sends(photo=[SIZE | {"file_id": "G"}], media_group_id="7")
    await admin.edits(1, **PHOTO | {"caption": "Sunset"}, media_group_id="7")
    ((_, method, parameters),) = await payloads_of(bot, 2)
    assert method == "sendMediaGroup"
    assert [(item["media"], item.get("caption")) for item in parameters["media"]] == [("F", "Sunset"), ("G", None)]


async def test_all_drafts_of_a_message_give_way(admin: Voice, bot: Bot) -> None:
    await admin.sends(text=AT_EIGHT)
    content = (await _stored(bot, 1)).messages[0]
    await admin.say("/broadcast", reply_to=content)
    await admin.edits(1, text="At nine")
    assert [await state_of(bot, run_id) for run_id in (1, 2, 3)] == [
        RunState.CANCELLED,
        RunState.CANCELLED,
        RunState.DRAFT,
    ]
    assert "edited the text since" in (await admin.press_data("broadcast 1 send")).toast


async def test_message_that_is_a_broadcast_no_more(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    assert "The draft is discarded." in (await admin.edits(1, text="/help")).text
    assert admin.heard.labels == [], "its card has no buttons any more"
    assert "discarded" in (await admin.press_data("broadcast 1 send")).toast


async def test_same_again_or_somebody_elses_is_no_edit(admin: Voice, bot: Bot) -> None:
    await admin.sends(text=AT_EIGHT)
    assert (await admin.edits(1, text=AT_EIGHT)).actions == []
    assert (await admin.edits(99, text="another")).actions == []
    assert (await private(bot, 7).edits(1, text="At nine")).actions == []
    bot.admins = frozenset({ADMIN, 2})
    assert (await private(bot, 2).edits(1, text="At nine")).actions == [], "numbers of messages are each chat's own"
    bot.admins = frozenset()
    assert (await admin.edits(1, text="At nine")).actions == [], "who is no admin any more changes nothing"
    assert await state_of(bot, 1) is RunState.DRAFT


async def test_update_that_comes_again_is_followed_once(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    await admin.edits(1, text="/broadcast at nine")
    bot.updates -= 1
    assert (await admin.edits(1, text="/broadcast at nine")).actions == []
    assert await state_of(bot, 3) is None


async def test_edit_of_what_was_sent_is_offered(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    await _send_to_one(admin)
    shown = await admin.edits(1, text="/broadcast at nine")
    assert _previews(shown) == ["at nine"]
    assert "1 subscriber has it now" in shown.text
    again = await admin.edits(1, text="/broadcast at ten")
    assert _previews(again) == ["at ten"]
    stale = await admin.press_data("run 2 rewrite")
    assert "newer version" in stale.toast
    assert _previews(stale) == ["at ten"]
    assert "being edited for 1 subscriber" in (await admin.press("✏️ Edit (1)")).text
    assert (await _stored(bot, 1)).text == "at ten"
    assert (await admin.edits(1, text="/broadcast at ten")).actions == []


async def test_new_words_of_what_was_sent_are_edited_too(admin: Voice, bot: Bot) -> None:
    """The message that gave a sent broadcast its new words is followed as the first one is."""
    await admin.say("/broadcast at eight")
    await _send_to_one(admin)
    await admin.press_data("run 1 edit")
    number = admin.last_message + 1
    await admin.say("at nine")
    assert _previews(await admin.edits(number, text="at ten")) == ["at ten"]
    await admin.press("✏️ Edit (1)")
    assert _previews(await admin.edits(number, text="at eleven")) == ["at eleven"]


async def test_another_admin_edits_their_own_words(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    await _send_to_one(admin)
    bot.admins = frozenset({ADMIN, 2})
    other = private(bot, 2)
    other.last_message = 500
    await other.press_data("run 1 edit")
    number = other.last_message + 1
    await other.say("at nine")
    await other.press("✏️ Edit (1)")
    assert _previews(await other.edits(number, text="at ten")) == ["at ten"]
    assert (await other.edits(1, text="what they wrote on another day")).actions == []
    assert (await admin.edits(number, text="what the author wrote")).actions == []


async def test_scheduled_broadcast_is_offered_an_edit(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    await admin.press("When")
    await admin.press("In each one's morning")
    await admin.press("Back")
    assert (await admin.press("📣 Send")).toast == "Scheduled."
    shown = await admin.edits(1, text="/broadcast at nine")
    assert _previews(shown) == ["at nine"]
    assert (await _stored(bot, 1)).text == "at eight", "it is said, and waits for the press"
    await admin.press("✏️ Edit (0)")
    assert (await _stored(bot, 1)).text == "at nine"


async def test_what_cannot_be_edited_once_sent_is_said(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await _send_to_one(admin)
    other_file = PHOTO | {"photo": [SIZE | {"file_id": "G"}]}
    assert "keeps its file" in (await admin.edits(1, **other_file)).text
    assert "1 subscriber has it now" in (await admin.edits(1, **other_file | {"caption": "Sunset"})).text


async def test_recalled_broadcast_is_edited_no_more(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    await _send_to_one(admin)
    await admin.press_data("run 1 delete")
    assert "recalled" in (await admin.edits(1, text="/broadcast at nine")).text


async def test_replaced_drafts_push_nothing_out_of_the_figures(admin: Voice, bot: Bot) -> None:
    """A former draft is no run that was sent; five of them hid what was."""
    await admin.say("/broadcast at eight")
    await _send_to_one(admin)
    await admin.say("/broadcast another")
    number = admin.last_message - 2
    for hour in range(6):
        await admin.edits(number, text=f"/broadcast at {hour}")
    assert "1 sent" in (await admin.say("/stats")).text
