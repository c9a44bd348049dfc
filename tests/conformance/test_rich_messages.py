"""Rich messages over each driver: sent, edited, pressed, and replaced where Telegram refuses them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.reader import read_digests
from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.event import ButtonPress, Command, Event
from domain.chat.i18n import Translations
from domain.chat.message import Button, Message
from domain.chat.rich_message import ButtonRow, Details, Heading, Paragraph, Photo, RichMessage
from domain.chat.text import Text, bold, date_time, link
from emulator.client import EmulatorClient
from tests.conformance.transports import DRIVERS, TIMEOUT_SECONDS, DriverSetup, FakeHandler, UpdateMode
from tests.domain.chat.test_rich_message import MESSAGE
from views.digest_messages import rich_messages

EXAMPLES = Path(__file__).parents[2] / "examples" / "digests"
RICH = RichMessage(
    (
        Heading(Text("News"), 1),
        Details(bold("1. <b>x</b>"), (Paragraph(Text("Text")), ButtonRow((Button("alone", "edit"),)))),
    ),
    ((Button("below", "edit"),),),
)
OTHERWISE = (Message(Text("First in full")), Message(Text("Second in full")))
BAD_PICTURE = "https://pictures.invalid/1.png"


@pytest.fixture(params=DRIVERS)
def rich_setup(request: pytest.FixtureRequest) -> DriverSetup:
    return DriverSetup(request.param, UpdateMode.POLLING)


def handler_of(*actions: RichMessage, edit: RichMessage | Message | None = None) -> FakeHandler:
    """Answer a command with messages, and a press by editing the pressed one."""

    def answers(event: Event) -> Sequence[Action]:
        chat = event.origin.chat.id
        match event:
            case Command():
                return [Send(chat, message, silent=True, if_refused=OTHERWISE) for message in actions]
            case ButtonPress() if edit is not None:
                pressed = Edit(chat, event.message_id, edit, if_refused=OTHERWISE)
                return [CallbackAnswer(event.callback_query_id, "done"), pressed]
        return []

    return FakeHandler(answers)


async def test_times_are_told_by_the_device_or_in_words(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    """A server that does not know the entity yet gets the words alone."""
    noon = Message(Text("At ") + date_time("noon", datetime(2025, 9, 12, 12, tzinfo=UTC), "wt") + ".")
    handler = FakeHandler(lambda event: [Send(event.origin.chat.id, noon)])
    ann = await emulator.create_user("Ann", language="en")
    async with rich_setup.running(emulator, handler):
        await ann.send("/start")
        told = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert told.entities == [
            {"type": "date_time", "offset": 3, "length": 4, "unix_time": 1757678400, "date_time_format": "wt"}
        ]
        refusal = "Bad Request: can't parse MessageEntity: Unsupported type specified"
        await emulator.add_fault("error", method="sendMessage", error_code=400, description=refusal, times=1)
        await ann.send("/start")
        told = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert (told.text, told.entities) == ("At noon.", [])


async def test_rich_message_arrives_and_its_buttons_answer(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with rich_setup.running(emulator, handler_of(RICH, edit=RichMessage((Paragraph(Text("Edited")),)))):
        await ann.send("/start")
        message = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert message.rich_text.split("\n") == ["News", "1. <b>x</b>", "Text"]
        assert message.silent
        assert (message.rich_buttons, message.buttons) == (["alone"], [["below"]])
        assert (await ann.press(message, "alone", timeout=TIMEOUT_SECONDS)).text == "done"
        edited = await ann.next_edit(message=message, timeout=TIMEOUT_SECONDS)
        assert edited.rich_text == "Edited"


async def test_rich_message_becomes_an_ordinary_one(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with rich_setup.running(emulator, handler_of(RICH, edit=Message(Text("Plain")))):
        await ann.send("/start")
        message = await ann.next_message(timeout=TIMEOUT_SECONDS)
        await ann.press(message, "below", timeout=TIMEOUT_SECONDS)
        edited = await ann.next_edit(message=message, timeout=TIMEOUT_SECONDS)
        assert (edited.text, edited.rich_message) == ("Plain", None)


async def test_refused_rich_message_is_replaced(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    await ann.refuse_rich_messages()
    async with rich_setup.running(emulator, handler_of(RICH)):
        await ann.send("/start")
        got = [await ann.next_message(timeout=TIMEOUT_SECONDS) for _ in OTHERWISE]
        assert [message.text for message in got] == ["First in full", "Second in full"]


@pytest.mark.parametrize(
    ("refuses", "received"), [(False, ["News", "Above is a sample."]), (True, ["First in full", "Second in full"])]
)
async def test_what_follows_a_rich_message_is_dropped_with_it(
    rich_setup: DriverSetup, emulator: EmulatorClient, *, refuses: bool, received: list[str]
) -> None:
    def answers(event: Event) -> Sequence[Action]:
        chat = event.origin.chat.id
        following = (Send(chat, Message(Text("Above is a sample."))),)
        return [Send(chat, RICH, if_refused=OTHERWISE, then=following), Send(chat, Message(Text("End")))]

    ann = await emulator.create_user("Ann", language="en")
    if refuses:
        await ann.refuse_rich_messages()
    async with rich_setup.running(emulator, FakeHandler(answers)):
        await ann.send("/start")
        got = [await ann.next_message(timeout=TIMEOUT_SECONDS) for _ in range(3)]
        assert [(message.text or message.rich_text).split("\n")[0] for message in got] == [*received, "End"]


async def test_server_without_the_method_gives_the_replacement(
    rich_setup: DriverSetup, emulator: EmulatorClient
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    description = "Not Found: method not found"
    await emulator.add_fault("error", method="sendRichMessage", error_code=404, description=description)
    async with rich_setup.running(emulator, handler_of(RICH)):
        await ann.send("/start")
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text == "First in full"


async def test_bad_picture_is_left_out_of_a_reply(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    photo = Photo(BAD_PICTURE, link("picture", BAD_PICTURE))
    async with rich_setup.running(emulator, handler_of(RichMessage((Paragraph(Text("x")), photo)))):
        await ann.send("/start")
        message = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert message.rich_text.split("\n") == ["x", "picture"]


async def test_edit_that_is_refused_becomes_the_replacement(rich_setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with rich_setup.running(emulator, handler_of(RICH, edit=RICH)):
        await ann.send("/start")
        message = await ann.next_message(timeout=TIMEOUT_SECONDS)
        await ann.refuse_rich_messages()
        await emulator.add_fault("error", method="editMessageText", description="Bad Request: message can't be edited")
        await ann.press(message, "below", timeout=TIMEOUT_SECONDS)
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text == "First in full"


def summaries(message: RichMessage) -> list[str]:
    return [block.summary.plain for block in message.blocks if isinstance(block, Details)]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_emulated_telegram_accepts_every_example(emulator: EmulatorClient, language: str) -> None:
    translate = Translations.load().translator(language)
    digests = [digest for path in sorted(EXAMPLES.glob("*.md")) for digest in read_digests(path.read_bytes())]
    messages = [message for digest in digests for message in rich_messages(digest, digest.items, translate)]
    assert len(messages) >= len(digests) > 5
    ann = await emulator.create_user("Ann", language="en")
    setup = DriverSetup("aiogram", UpdateMode.POLLING)
    async with setup.running(emulator, handler_of(MESSAGE, *messages)):
        await ann.send("/start")
        for sent in (MESSAGE, *messages):
            message = await ann.next_message(timeout=TIMEOUT_SECONDS)
            assert message.rich_message is not None, message.text
            shown = message.rich_text.split("\n")
            assert {Text(summary).sanitized().plain for summary in summaries(sent)} <= set(shown)
