"""Routes for what users do in chats: write, edit, press buttons, query inline, read, download."""

from typing import Any

import msgspec
from aiohttp import web

from emulator import api_objects
from emulator.control import http
from emulator.control.http import ControlledServer
from emulator.control.new_messages import NewMessage, build_message, text_content
from emulator.errors import BadRequest
from emulator.models import Chat, StoredMessage, User
from emulator.rich.contents import rich_buttons
from emulator.rich.photos import store_web_photo
from emulator.rich.values import plain_text
from emulator.telegram import Telegram


class MessageEdit(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    message_id: int
    text: str
    chat_id: int | None = None


class ButtonPressRequest(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    message_id: int
    chat_id: int | None = None
    label: str | None = None
    data: str | None = None
    inaccessible: bool = False
    forge: bool = False


class InlineQueryRequest(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    query: str
    offset: str = ""


class MarkReadRequest(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    chat_id: int


def _chat_for(tg: Telegram, user: User, chat_id: int | None) -> Chat:
    """Return the chat the user writes in; by default the private chat, which is then started."""
    if chat_id is None or chat_id == user.id:
        is_new = user.id not in tg.store.chats
        chat = tg.store.get_or_create_private_chat(user)
        if not user.started:
            user.started = True
            tg.publish_user(user)
        if is_new:
            tg.publish_chat(chat)
        return chat
    chat = http.require_chat(tg, chat_id)
    member = chat.members.get(user.id)
    if member is None or not member.is_member:
        raise http.ControlError(
            f"{user.first_name} is not a member of chat {chat_id}; add them with POST /control/chats/<id>/members"
        )
    return chat


class MessageRoutes:
    """Routes under /control for messages, callback queries, inline queries and files."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/messages", self.create),
            web.post("/messages/edit", self.edit),
            web.post("/callback-queries", self.press),
            web.post("/inline-queries", self.inline_query),
            web.post("/read", self.mark_read),
            web.get("/files/{id}", self.download),
            web.get("/web-pictures", self.web_picture),
        ]

    async def create(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, NewMessage)
        user = http.require_user(self._tg, body.user_id)
        if user.blocked and body.chat_id in (None, user.id):
            raise http.ControlError(f"{user.first_name} has blocked the bot: unblock first")
        chat = _chat_for(self._tg, user, body.chat_id)
        message = build_message(self._tg, chat, user, body)
        update_id = self._tg.receive_user_message(message)
        for media in body.more_media:
            other = msgspec.structs.replace(body, media=media, more_media=[], caption=None, caption_entities=[])
            self._tg.receive_user_message(build_message(self._tg, chat, user, other))
        return http.json_response({"update_id": update_id, "message": message})

    async def edit(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, MessageEdit)
        user = http.require_user(self._tg, body.user_id)
        chat = _chat_for(self._tg, user, body.chat_id)
        old = self._tg.store.get_message(chat.id, body.message_id)
        if old is None or old.from_bot or (chat.type != "channel" and old.from_id != user.id):
            raise http.ControlError("users can edit only their own messages", 404)
        new = msgspec.structs.replace(old, **text_content(body.text, []), edit_date=self._tg.clock.unix_seconds())
        self._tg.store.put_message(new)
        self._tg.events.publish("edit", new)
        kind = "edited_channel_post" if chat.type == "channel" else "edited_message"
        is_visible = self._tg.is_visible_to_bot(chat, new)
        update_id = self._tg.updates.add(kind, api_objects.message_object(new, self._tg.store)) if is_visible else None
        return http.json_response({"update_id": update_id, "message": new})

    async def press(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, ButtonPressRequest)
        user = http.require_user(self._tg, body.user_id)
        chat = http.require_chat(self._tg, body.chat_id if body.chat_id is not None else user.id)
        message = self._tg.store.get_message(chat.id, body.message_id)
        if message is not None and message.receiver_user_id not in (None, user.id):
            raise http.ControlError(f"{user.first_name} does not see that message", 404)
        data = _pressed_data(message, body)
        query = self._tg.queries.open(user.id, chat.id, body.message_id)
        payload: dict[str, Any] = {"id": query.id, "from": api_objects.user_object(user, self._tg.bot.id)}
        if message is None or body.inaccessible:
            payload["message"] = {
                "chat": api_objects.chat_object(chat, self._tg.store),
                "message_id": body.message_id,
                "date": 0,
            }
        else:
            payload["message"] = api_objects.message_object(message, self._tg.store)
        payload |= {"chat_instance": str(abs(chat.id) * 7919), "data": data}
        self._tg.updates.add("callback_query", payload)
        return http.json_response({"callback_query_id": query.id, "data": data})

    async def inline_query(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, InlineQueryRequest)
        user = http.require_user(self._tg, body.user_id)
        query = self._tg.queries.open(user.id)
        payload = {
            "id": query.id,
            "from": api_objects.user_object(user, self._tg.bot.id),
            "query": body.query[:256],
            "offset": body.offset,
            "chat_type": "sender",
        }
        self._tg.updates.add("inline_query", payload)
        return http.json_response({"inline_query_id": query.id})

    async def mark_read(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, MarkReadRequest)
        chat = http.require_chat(self._tg, body.chat_id)
        if chat.unread.pop(body.user_id, 0):
            self._tg.events.publish("unread", {"chat_id": chat.id, "user_id": body.user_id, "unread": 0})
        return http.json_response({"unread": 0})

    async def download(self, request: web.Request) -> web.Response:
        stored = self._tg.files.find(request.match_info["id"])
        if stored is None:
            raise http.ControlError("there is no such file", 404)
        document, data = stored
        name = (document.file_name or "file").encode("ascii", "replace").decode().replace('"', "_")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return web.Response(body=data, content_type="application/octet-stream", headers=headers)

    async def web_picture(self, request: web.Request) -> web.Response:
        """Return the drawn picture that stands for an address, or no content where there is none to fetch."""
        try:
            document = store_web_photo(self._tg, request.query.get("url", ""))
        except BadRequest:
            return web.Response(status=204)
        stored = self._tg.files.find(document.file_id)
        return web.Response(body=b"" if stored is None else stored[1], content_type="image/png")


def _pressed_data(message: StoredMessage | None, body: ButtonPressRequest) -> str:
    """Return the data of the requested button; with `forge` also data that no button has."""
    if body.forge and body.data is not None:
        return body.data
    buttons = [button for button in _buttons(message) if "callback_data" in button]
    for button in buttons:
        if body.data == button["callback_data"] or (body.data is None and body.label == plain_text(button["text"])):
            return str(button["callback_data"])
    if body.inaccessible and body.data is not None:
        return body.data
    labels = ", ".join(repr(plain_text(button["text"])) for button in buttons) or "none"
    raise http.ControlError(f"there is no such button; the message has: {labels}", 404)


def _buttons(message: StoredMessage | None) -> list[dict[str, Any]]:
    """Return the buttons in a rich message and those of the keyboard below it."""
    buttons: list[dict[str, Any]] = []
    if message is not None and message.rich_message is not None:
        buttons += rich_buttons(msgspec.json.decode(bytes(message.rich_message)))
    if message is not None and message.reply_markup is not None:
        rows = msgspec.json.decode(bytes(message.reply_markup)).get("inline_keyboard", [])
        buttons += [button for row in rows for button in row]
    return buttons
