"""/control/messages, /control/presses, /control/inline, /control/read: what people write, press and read."""

import base64
import binascii
from typing import Any

import msgspec
from aiohttp import web

from emulator import answers
from emulator.control import bodies
from emulator.control.serving import Running
from emulator.errors import ApiError
from emulator.formatting import Parsed, finish_caption, finish_text
from emulator.telegram import Telegram
from emulator.values import Chat, Document, Entity, Location, Message, User


class NewDocument(msgspec.Struct, forbid_unknown_fields=True):
    file_name: str
    mime_type: str | None = None
    text: str | None = None
    base64: str | None = None


class Written(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    chat_id: int | None = None
    text: str | None = None
    entities: list[Entity] = msgspec.field(default_factory=list)
    document: NewDocument | None = None
    location: Location | None = None
    caption: str | None = None
    reply_to_message_id: int | None = None
    thread_id: int | None = None


class Rewritten(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    message_id: int
    text: str
    chat_id: int | None = None


class Pressed(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    message_id: int
    chat_id: int | None = None
    label: str | None = None
    data: str | None = None
    inaccessible: bool = False
    forge: bool = False


class Typed(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    query: str
    offset: str = ""


class Read(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    chat_id: int


def chat_for(tg: Telegram, person: User, chat_id: int | None) -> Chat:
    """The chat this person does something in; by default the private one, which writing starts."""
    if chat_id is None or chat_id == person.id:
        new = person.id not in tg.world.chats
        chat = tg.world.private_chat(person)
        if not person.started:
            person.started = True
            tg.show_person(person)
        if new:
            tg.show_chat(chat)
        return chat
    chat = bodies.chat(tg, chat_id)
    member = chat.members.get(person.id)
    if member is None or not member.inside:
        raise bodies.Wrong(f"{person.first_name} is not a member of chat {chat_id}")
    return chat


class Messages:
    """What people do in chats."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/messages", self.write),
            web.post("/messages/edit", self.rewrite),
            web.post("/callback-queries", self.press),
            web.post("/inline-queries", self.inline),
            web.post("/read", self.read),
            web.get("/files/{id}", self.fetch),
        ]

    async def write(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Written)
        person = bodies.person(self._tg, wish.user_id)
        if person.blocked and wish.chat_id in (None, person.id):
            raise bodies.Wrong(f"{person.first_name} has blocked the bot: unblock first")
        chat = chat_for(self._tg, person, wish.chat_id)
        message = _message(self._tg, chat, person, wish)
        return bodies.answer({"update_id": self._tg.hear(message), "message": message})

    async def rewrite(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Rewritten)
        person = bodies.person(self._tg, wish.user_id)
        chat = chat_for(self._tg, person, wish.chat_id)
        old = self._tg.world.message(chat.id, wish.message_id)
        if old is None or old.from_bot or (chat.type != "channel" and old.from_id != person.id):
            raise bodies.Wrong("only one's own messages can be edited", 404)
        new = msgspec.structs.replace(old, **_spoken(wish.text, []), edit_date=self._tg.clock.unix())
        self._tg.world.put(new)
        self._tg.hub.publish("edit", new)
        kind = "edited_channel_post" if chat.type == "channel" else "edited_message"
        seen = self._tg.bot_sees(chat, new)
        update_id = self._tg.updates.add(kind, answers.message(new, self._tg.world)) if seen else None
        return bodies.answer({"update_id": update_id, "message": new})

    async def press(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Pressed)
        person = bodies.person(self._tg, wish.user_id)
        chat = bodies.chat(self._tg, wish.chat_id if wish.chat_id is not None else person.id)
        message = self._tg.world.message(chat.id, wish.message_id)
        data = _pressed_data(message, wish)
        query = self._tg.queries.ask(person.id, chat.id, wish.message_id)
        payload: dict[str, Any] = {"id": query.id, "from": answers.user(person, self._tg.bot.id)}
        if message is None or wish.inaccessible:
            payload["message"] = {
                "chat": answers.short_chat(chat, self._tg.world),
                "message_id": wish.message_id,
                "date": 0,
            }
        else:
            payload["message"] = answers.message(message, self._tg.world)
        payload |= {"chat_instance": str(abs(chat.id) * 7919), "data": data}
        self._tg.updates.add("callback_query", payload)
        return bodies.answer({"callback_query_id": query.id, "data": data})

    async def inline(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Typed)
        person = bodies.person(self._tg, wish.user_id)
        query = self._tg.queries.ask(person.id)
        user = answers.user(person, self._tg.bot.id)
        payload = {
            "id": query.id,
            "from": user,
            "query": wish.query[:256],
            "offset": wish.offset,
            "chat_type": "sender",
        }
        self._tg.updates.add("inline_query", payload)
        return bodies.answer({"inline_query_id": query.id})

    async def read(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Read)
        chat = bodies.chat(self._tg, wish.chat_id)
        if chat.unread.pop(wish.user_id, 0):
            self._tg.hub.publish("unread", {"chat_id": chat.id, "user_id": wish.user_id, "unread": 0})
        return bodies.answer({"unread": 0})

    async def fetch(self, request: web.Request) -> web.Response:
        found = self._tg.files.find(request.match_info["id"])
        if found is None:
            raise bodies.Wrong("there is no such file", 404)
        document, data = found
        name = (document.file_name or "file").encode("ascii", "replace").decode().replace('"', "_")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return web.Response(body=data, content_type="application/octet-stream", headers=headers)


def _message(tg: Telegram, chat: Chat, person: User, wish: Written) -> Message:
    if sum(part is not None for part in (wish.text, wish.document, wish.location)) != 1:
        raise bodies.Wrong("give one of text, document, location")
    if wish.reply_to_message_id is not None and tg.world.message(chat.id, wish.reply_to_message_id) is None:
        raise bodies.Wrong(f"there is no message {wish.reply_to_message_id} to reply to", 404)
    if wish.thread_id is not None and wish.thread_id not in chat.topics:
        raise bodies.Wrong(f"there is no topic {wish.thread_id}", 404)
    if wish.text is not None:
        content = _spoken(wish.text, wish.entities)
    elif wish.document is not None:
        content = {"document": _document(tg, wish.document), **_caption(wish.caption or "")}
    else:
        content = {"location": wish.location}
    return Message(
        chat_id=chat.id,
        message_id=tg.world.next_message_id(chat),
        from_id=person.id,
        from_name=chat.title or "" if chat.type == "channel" else person.first_name,
        from_bot=False,
        date=tg.clock.unix(),
        reply_to_message_id=wish.reply_to_message_id,
        thread_id=wish.thread_id,
        **content,
    )


def _spoken(text: str, entities: list[Entity]) -> dict[str, Any]:
    try:
        formatted = finish_text(Parsed(text, entities))
    except (ApiError, KeyError) as error:
        raise bodies.Wrong(f"no person could send this: {error}") from error
    return {"text": formatted.text, "entities": formatted.entities}


def _caption(text: str) -> dict[str, Any]:
    formatted = finish_caption(Parsed(text, []))
    return {"text": formatted.text, "entities": formatted.entities}


def _document(tg: Telegram, wish: NewDocument) -> Document:
    try:
        data = base64.b64decode(wish.base64, validate=True) if wish.base64 is not None else (wish.text or "").encode()
    except binascii.Error:
        raise bodies.Wrong("base64 is broken") from None
    return tg.files.add(wish.file_name, wish.mime_type, data)


def _pressed_data(message: Message | None, wish: Pressed) -> str:
    """The data of the button meant; of data that is on no button only when forging is asked for."""
    if wish.forge and wish.data is not None:
        return wish.data
    rows: list[list[dict[str, Any]]] = []
    if message is not None and message.reply_markup is not None:
        rows = msgspec.json.decode(bytes(message.reply_markup)).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row if "callback_data" in button]
    for button in buttons:
        if wish.data == button["callback_data"] or (wish.data is None and wish.label == button["text"]):
            return str(button["callback_data"])
    if wish.inaccessible and wish.data is not None:
        return wish.data
    there = ", ".join(repr(button["text"]) for button in buttons) or "none"
    raise bodies.Wrong(f"there is no such button; there are: {there}", 404)
