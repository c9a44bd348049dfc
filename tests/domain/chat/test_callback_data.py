"""The codec for callback data."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import limits
from domain.chat.callback_data import (
    CallbackData,
    ReplyTarget,
    button,
    in_place,
    parse_callback_data,
    with_payload_id,
)
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGES
from domain.chat.message import Button, Message
from domain.chat.text import Text
from domain.delivery.segment import SentEdition, parse_sent_edition
from domain.edition_day import EditionDay
from domain.subscription.preferences import category_id

DAY, SLOT, ITEM, CATEGORY, PAYLOAD = date(2025, 9, 12), "abcdefghij12", 9999, category_id("ai产业"), 999_999_999_999_999
"""An edition's key with the longest slot, and the longest ids that a button may carry."""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("today", CallbackData(command=CommandName.TODAY)),
        ("item 2025-09-12 3", CallbackData(command=CommandName.ITEM, arguments="2025-09-12 3")),
        (
            "item 2025-09-12 3.e",
            CallbackData(command=CommandName.ITEM, arguments="2025-09-12 3", target=ReplyTarget.IN_PLACE),
        ),
        ("item 2025-09-12 3.b17", CallbackData(command=CommandName.ITEM, arguments="2025-09-12 3", payload_id=17)),
        ("time 08:00.s", CallbackData(command=CommandName.TIME, arguments="08:00", target=ReplyTarget.SETTINGS)),
        ("welcome.w", CallbackData(command=CommandName.WELCOME, target=ReplyTarget.WELCOME)),
        ("items 2025-09-12.b9", CallbackData(command=CommandName.ITEMS, arguments="2025-09-12", payload_id=9)),
    ],
)
def test_wire_format(data: str, expected: CallbackData) -> None:
    assert parse_callback_data(data) == expected
    assert expected.encode() == data


@pytest.mark.parametrize(
    "data", ["", " ", "Item 3", "item\n3", "第3条", "item.b", "item.b9999999999999999", "/item 3", "unknown"]
)
def test_foreign_data_is_no_callback_data(data: str) -> None:
    assert parse_callback_data(data) is None


@given(st.one_of(st.text(max_size=80), st.builds("{} {}".format, st.sampled_from(CommandName), st.text(max_size=60))))
def test_parsing_any_string_never_fails(data: str) -> None:
    parsed = parse_callback_data(data)
    assert parsed is None or isinstance(parsed.command, CommandName)


@given(
    command=st.sampled_from(CommandName),
    arguments=st.one_of(st.from_regex(r"[a-z0-9:/_+-]{0,20}( [a-z0-9]{1,10})?", fullmatch=True), st.text(max_size=60)),
    target=st.sampled_from(ReplyTarget),
    payload_id=st.one_of(st.none(), st.integers(min_value=-1, max_value=10**16)),
)
def test_round_trip(command: CommandName, arguments: str, target: ReplyTarget, payload_id: int | None) -> None:
    data = CallbackData(command=command, arguments=arguments, target=target, payload_id=payload_id)
    try:
        encoded = data.encode()
    except ValueError:  # nothing is ever encoded that would be read back differently
        return
    assert len(encoded.encode()) <= limits.CALLBACK_DATA_BYTES
    assert parse_callback_data(encoded) == data


@given(st.sampled_from(CommandName), st.dates(), st.integers(0, 9999), st.sampled_from(ReplyTarget))
def test_button_data_is_read_back(command: CommandName, day: date, item: int, target: ReplyTarget) -> None:
    made = button("x", command, day, item, target=target)
    assert parse_callback_data(made.callback_data) == CallbackData(
        command=command, arguments=f"{day} {item}", target=target
    )


@pytest.mark.parametrize("arguments", ["3.e", "3.b1", " 3", "3\n4", "第" * 20])
def test_ambiguous_or_long_arguments_are_refused(arguments: str) -> None:
    with pytest.raises(ValueError, match="callback data"):
        CallbackData(command=CommandName.ITEM, arguments=arguments).encode()


_EDITION_COMMANDS = [
    (CommandName.DIGEST, ()),
    (CommandName.ITEMS, ()),
    (CommandName.CATEGORIES, ()),
    (CommandName.COMMENTARY, ()),
    (CommandName.ITEM, (ITEM,)),
    (CommandName.CATEGORY, (CATEGORY,)),
]


@pytest.mark.parametrize(("command", "arguments"), _EDITION_COMMANDS)
def test_longest_ids_fit_into_64_bytes(command: CommandName, arguments: tuple[int | str, ...]) -> None:
    data = button("x", command, DAY, SLOT, *arguments).to_bot_api()
    (((pushed,),),) = with_payload_id({"inline_keyboard": [[data]]}, PAYLOAD).values()
    assert len(pushed["callback_data"].encode()) <= limits.CALLBACK_DATA_BYTES
    parsed = parse_callback_data(pushed["callback_data"])
    assert parsed is not None
    assert parsed.payload_id == PAYLOAD


@pytest.mark.parametrize("language", LANGUAGES)
def test_longest_edition_of_a_segment_fits_into_64_bytes(language: str) -> None:
    edition = SentEdition(EditionDay.of(DAY, SLOT), language)
    made = button("x", CommandName.BROADCAST, PAYLOAD, "missed", str(edition))
    assert len(made.callback_data.encode()) <= limits.CALLBACK_DATA_BYTES
    assert parse_sent_edition(made.callback_data.rpartition(" ")[2]) == edition


@pytest.mark.parametrize(("command", "arguments"), _EDITION_COMMANDS)
def test_longest_ids_fit_into_a_start_payload(command: CommandName, arguments: tuple[int | str, ...]) -> None:
    payload = "_".join(map(str, (command, DAY, SLOT, *arguments)))
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{1,{limits.START_PAYLOAD_CHARACTERS}}}", payload)


def test_payload_id_marks_buttons_and_leaves_links() -> None:
    link, item = {"text": "Source", "url": "https://example.org"}, {"text": "3", "callback_data": "item 2025-09-12 3"}
    full = {"text": "x", "callback_data": f"place {'z' * 56}"}
    marked = with_payload_id({"inline_keyboard": [[link, item], [full]]}, 17)
    assert marked == {"inline_keyboard": [[link, item | {"callback_data": "item 2025-09-12 3.b17"}], [full]]}


def test_message_in_place_keeps_its_links() -> None:
    source, onward = Button("Source", url="https://example.org"), Button("▶", callback_data="item 2025-09-12 4")
    assert in_place(Message(Text("x"), ((source, onward),))).keyboard == (
        (source, Button("▶", callback_data="item 2025-09-12 4.e")),
    )


def test_button_shows_its_text_and_carries_its_command() -> None:
    shown = button("第3条", CommandName.ITEM, DAY, 3, target=ReplyTarget.IN_PLACE)
    assert (shown.text, shown.callback_data) == ("第3条", "item 2025-09-12 3.e")
