"""Groups and channels as their administrators see them in private: the list, and what is said of changes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.chat.action import Action, Edit, Send
from domain.chat.callback_data import ReplyTarget, button, parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.forum_topic import ForumTopic
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.rich_message import AnyMessage
from domain.chat.signature import MAX_SIGNATURE_CHARACTERS
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.preferences import ReaderButtons
from domain.subscription.subscriber import Subscriber
from views.digest_passages import shortened
from views.settings import SettingsView, checked, saved_message

GENERAL = "general"
"""Argument of /topic for the topic General."""

NO_SIGNATURE = "none"
"""Argument of the button that removes a signature: without any, the press asks for one."""

_TOPIC_CHARACTERS = 24


def my_chats_screen(chats: Iterable[Subscriber], username: str, translate: Translator) -> Message:
    """List somebody's groups and channels, each with a button to its settings, and offer to add one."""
    rows = [(_chat_button(chat, translate),) for chat in chats]
    text = (
        translate("Choose one to set it up. Only you see this; nothing appears there.")
        if rows
        else translate("None yet. Add me to a group or channel that you administer, and set it up here.")
    )
    add = _add_row(username, translate)
    return Message(join("\n\n", (bold("👥 " + translate("My groups and channels")), text)), (*rows, *add))


def buttons_screen(view: SettingsView) -> Message:
    """Return the screen for what the buttons under a digest do."""
    translate, chosen = view.translate, view.subscriber.preferences.buttons
    names = {
        ReaderButtons.LINK: translate("Links"),
        ReaderButtons.ANSWER: translate("Buttons"),
        ReaderButtons.NONE: translate("None"),
    }
    is_channel = view.subscriber.chat.kind is ChatKind.CHANNEL
    explanations = (
        translate("Links: each reader gets the item in their own chat with me."),
        translate("Buttons: the same, and a press also tells me that the digest has arrived.")
        if is_channel
        else translate(
            "Buttons: each reader gets the item in the group, where only they see it, "
            "and a press also tells me that the digest has arrived."
        ),
        translate("None: just the text."),
    )
    choices = tuple(
        button(
            f"✓ {name}" if buttons is chosen else name, CommandName.BUTTONS, buttons.value, target=ReplyTarget.SETTINGS
        )
        for buttons, name in names.items()
    )
    back = button("‹ " + translate("Back"), CommandName.SETTINGS, target=ReplyTarget.IN_PLACE)
    text = join("\n\n", (bold(translate("What should stand under the digest?")), "\n".join(explanations)))
    return Message(text, (choices, (back,)))


def signature_screen(view: SettingsView) -> Message:
    """Ask for the line under the digest, and show the one there is."""
    translate, signature = view.translate, view.subscriber.signature
    now = format_text(translate("Now: {signature}"), {"signature": bold(signature)}) if signature else Text()
    hint = translate(
        "Send it to me now: your handle, or a line of at most {n} characters. It stands below each digest there."
    )
    lines = bold(translate("What should stand under the digest as a signature?")), now
    text = join("\n\n", [*filter(None, lines), hint.format(n=MAX_SIGNATURE_CHARACTERS)])
    remove = button(translate("Remove it"), CommandName.SIGNATURE, NO_SIGNATURE, target=ReplyTarget.SETTINGS)
    back = button("‹ " + translate("Back"), CommandName.SETTINGS, target=ReplyTarget.IN_PLACE)
    return Message(text, (*([(remove,)] if signature else []), (back,)))


def topic_screen(view: SettingsView, topics: Iterable[ForumTopic] = ()) -> Message:
    """Offer the topics of a forum that are known, and say how to choose another: the Bot API does not list them."""
    translate, topic_id = view.translate, view.subscriber.chat.topic_id
    text = join(
        "\n\n",
        (
            bold(translate("In which topic should the digest come?")),
            translate("Now: {topic}").format(topic=_topic_title(view)),
            translate("Open the topic, copy its link or that of a message in it, and send it to me here."),
        ),
    )
    general = button(
        "✓ " + translate("General") if topic_id is None else translate("General"),
        CommandName.TOPIC,
        GENERAL,
        target=ReplyTarget.SETTINGS,
    )
    back = button("‹ " + translate("Back"), CommandName.SETTINGS, target=ReplyTarget.IN_PLACE)
    known = [
        button(
            checked(shortened(topic.name, _TOPIC_CHARACTERS), on=topic.id == topic_id),
            CommandName.TOPIC,
            topic.id,
            target=ReplyTarget.SETTINGS,
        )
        for topic in topics
    ]
    return Message(text, (*chunk_rows([general, *known], 2), (back,)))


def topic_chosen_message(view: SettingsView) -> Message:
    """Confirm the topic of a forum by its name, as far as it is known."""
    text = view.translate("From now on the digest comes in the topic “{topic}”.")
    return saved_message(Text(text.format(topic=_topic_title(view))), view)


def _topic_title(view: SettingsView) -> str:
    topic_id = view.subscriber.chat.topic_id
    if topic_id is None:
        return view.translate("General")
    return view.topic_name or view.translate("number {n}").format(n=topic_id)


def added_message(chat: Subscriber, translate: Translator) -> Message:
    """Tell whoever let the bot into a chat where to set it up."""
    text = translate("I am in “{title}” now. Set up there when the digest comes, just here between us:")
    setup = for_chat(Message(Text(), ((_setup_button(translate),),)), chat.id)
    return replace(setup, text=Text(text.format(title=chat.chat.title)))


def removed_message(chat: Subscriber, translate: Translator) -> Message:
    """Tell an administrator that the bot is not in a chat any more."""
    text = translate("I am no longer in “{title}”, so no digest comes there. Its settings are kept, in case I return.")
    return Message(Text(text.format(title=chat.chat.title)))


def silenced_message(chat: Subscriber, translate: Translator) -> Message:
    """Tell an administrator that the bot may not post in a chat."""
    text = translate("I may not post in “{title}” at the moment, so no digest can come there.")
    return Message(Text(text.format(title=chat.chat.title)))


def topic_gone_message(chat: Subscriber, translate: Translator) -> Message:
    """Tell an administrator that the digest comes in another topic from now on."""
    text = translate(
        "In “{title}” the digest's topic is closed or gone. From now on the digest comes in General. "
        "Choose another topic here:"
    )
    return _with_topic_button(text.format(title=chat.chat.title), chat, translate)


def topic_closed_message(chat: Subscriber, topic: str, translate: Translator) -> Message:
    """Tell an administrator that the digest's topic was closed, and what to do."""
    text = translate(
        "In “{title}” the topic “{topic}” was closed, and the digest comes there. Reopen it, or choose another one; "
        "else the digest will come in General."
    )
    name = topic or translate("number {n}").format(n=chat.chat.topic_id)
    return _with_topic_button(text.format(title=chat.chat.title, topic=name), chat, translate)


def topic_renamed_message(chat: Subscriber, before: str, now: str, translate: Translator) -> Message:
    """Tell an administrator that the digest's topic has another name, under which they find it."""
    text = translate("In “{title}” the digest's topic “{before}” is called “{now}” now. It goes on coming there.")
    return Message(Text(text.format(title=chat.chat.title, before=before, now=now)))


def pin_refused_message(chat: Subscriber, translate: Translator) -> Message:
    """Tell an administrator that the bot may not pin the digest, and what to do."""
    text = (
        translate("I may not pin the digest in “{title}”. Give me the right to edit messages there, or switch it off:")
        if chat.chat.kind is ChatKind.CHANNEL
        else translate(
            "I may not pin the digest in “{title}”. Give me the right to pin messages there, or switch it off:"
        )
    )
    off = button("📌 " + translate("Pin no digest"), CommandName.PIN, "off", target=ReplyTarget.SETTINGS)
    return for_chat(Message(Text(text.format(title=chat.chat.title)), ((off,),)), chat.id)


def _with_topic_button(text: str, chat: Subscriber, translate: Translator) -> Message:
    choose = button("🧵 " + translate("Choose a topic"), CommandName.TOPIC)
    return for_chat(Message(Text(text), ((choose,),)), chat.id)


def in_chat(action: Action, chat: Subscriber) -> Action:
    """Return an answer that names another chat, and whose buttons stay with its settings."""
    if not isinstance(action, Send | Edit):
        return action
    following = tuple(replace(send, message=_addressed(send.message, chat.id)) for send in action.then)
    return replace(action, message=_addressed(_naming(action.message, chat), chat.id), then=following)


def for_chat(message: Message, subscriber_id: int) -> Message:
    """Return a message whose buttons are about another chat than the one in which they stand."""
    return replace(message, keyboard=_addressed_keyboard(message.keyboard, subscriber_id))


def _naming(message: AnyMessage, chat: Subscriber) -> AnyMessage:
    """Return a message that says which chat it is about, unless it names it anyway."""
    title = chat.chat.title
    if not isinstance(message, Message) or not title or title in message.text.plain:
        return message
    return replace(message, text=join("\n", (bold(f"👥 {title}"), message.text)))


def _addressed(message: AnyMessage, subscriber_id: int) -> AnyMessage:
    return replace(message, keyboard=_addressed_keyboard(message.keyboard, subscriber_id))


def _addressed_keyboard(keyboard: Keyboard, subscriber_id: int) -> Keyboard:
    return tuple(tuple(_address(button, subscriber_id) for button in row) for row in keyboard)


def _address(button: Button, subscriber_id: int) -> Button:
    data = parse_callback_data(button.callback_data)
    if data is None or data.command is CommandName.CHATS:
        return button
    return replace(button, callback_data=replace(data, subscriber_id=subscriber_id).encode())


def _chat_button(chat: Subscriber, translate: Translator) -> Button:
    mark = "✅" if chat.active else "💤"
    title = chat.chat.title or translate("A chat without a name")
    shown = button(f"{mark} {title}", CommandName.SETTINGS, target=ReplyTarget.IN_PLACE)
    return _address(shown, chat.id)


def _setup_button(translate: Translator) -> Button:
    return button("⚙️ " + translate("Set it up"), CommandName.SETTINGS)


def _add_row(username: str, translate: Translator) -> Keyboard:
    if not username:
        return ()
    address = f"https://t.me/{username}"
    return (
        (
            Button("➕ " + translate("Add to a group"), url=f"{address}?startgroup=setup"),
            Button("➕ " + translate("Add to a channel"), url=f"{address}?startchannel"),
        ),
    )
