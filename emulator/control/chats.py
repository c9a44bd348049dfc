"""Routes for groups, supergroups and channels: creation, members, topics, upgrade, deletion."""

import msgspec
from aiohttp import web

from emulator import groups, membership
from emulator.control import http
from emulator.control.http import ControlledServer
from emulator.models import GENERAL_THREAD_ID, Chat, Member

STATUSES = ("creator", "administrator", "member", "restricted", "left", "kicked")


class NewChat(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    title: str
    id: int | None = None
    username: str | None = None
    is_forum: bool = False
    members: list[int] = msgspec.field(default_factory=list)
    creator: int | None = None
    bot_status: str | None = None


class ChatChange(msgspec.Struct, forbid_unknown_fields=True):
    title: str | None = None
    is_forum: bool | None = None
    permissions: dict[str, bool] | None = None
    refuses_rich: bool | None = None


class MemberChange(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    status: str
    by: int | None = None
    rights: dict[str, bool] = msgspec.field(default_factory=dict)


class NewTopic(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class TopicChange(msgspec.Struct, forbid_unknown_fields=True):
    closed: bool | None = None
    name: str | None = None


class ChatRoutes:
    """Routes under /control/chats."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/chats", self.list_all),
            web.post("/chats", self.create),
            web.post("/chats/{id}", self.change),
            web.delete("/chats/{id}", self.delete),
            web.post("/chats/{id}/members", self.set_member),
            web.post("/chats/{id}/upgrade", self.upgrade),
            web.post("/chats/{id}/topics", self.add_topic),
            web.post("/chats/{id}/topics/{thread}", self.change_topic),
            web.delete("/chats/{id}/topics/{thread}", self.delete_topic),
        ]

    def _group_of(self, request: web.Request) -> Chat:
        chat = http.require_chat(self._tg, http.path_integer(request, "id"))
        if chat.type == "private":
            raise http.ControlError("a private chat has no settings; change the user with POST /control/users/<id>")
        return chat

    def _publish_and_respond(self, chat: Chat) -> web.Response:
        self._tg.publish_chat(chat)
        return http.json_response(chat.as_control_json())

    async def list_all(self, request: web.Request) -> web.Response:
        return http.json_response({"chats": [chat.as_control_json() for chat in self._tg.store.chats.values()]})

    async def create(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, NewChat)
        if body.type not in ("group", "supergroup", "channel"):
            raise http.ControlError(
                "type must be group, supergroup or channel; private chats are created with their user"
            )
        if body.is_forum and body.type != "supergroup":
            raise http.ControlError("is_forum is only possible with type supergroup")
        chat_id = body.id or self._tg.store.next_free_chat_id(body.type)
        chat = Chat(chat_id, body.type, body.title, body.username, body.is_forum)
        for user_id in dict.fromkeys([*body.members, *([body.creator] if body.creator else [])]):
            http.require_user(self._tg, user_id)
            chat.members[user_id] = Member(user_id, "creator" if user_id == body.creator else "member")
        self._tg.store.chats[chat.id] = chat
        status = body.bot_status or ("administrator" if body.type == "channel" else "member")
        membership.set_member(
            self._tg, chat, Member(self._tg.bot.id, _validated_status(status)), by=self._actor(chat, body.creator)
        )
        return self._publish_and_respond(chat)

    def _actor(self, chat: Chat, user_id: int | None) -> int | None:
        return user_id or next((member for member in chat.members if member != self._tg.bot.id), None)

    async def change(self, request: web.Request) -> web.Response:
        chat, body = self._group_of(request), await http.read_body(request, ChatChange)
        chat.title = body.title if body.title is not None else chat.title
        chat.is_forum = body.is_forum if body.is_forum is not None else chat.is_forum
        chat.permissions |= body.permissions or {}
        chat.refuses_rich = body.refuses_rich if body.refuses_rich is not None else chat.refuses_rich
        return self._publish_and_respond(chat)

    async def delete(self, request: web.Request) -> web.Response:
        chat = self._group_of(request)
        chat.deleted = True
        return self._publish_and_respond(chat)

    async def set_member(self, request: web.Request) -> web.Response:
        chat, body = self._group_of(request), await http.read_body(request, MemberChange)
        if body.user_id != self._tg.bot.id:
            http.require_user(self._tg, body.user_id)
        new = Member(body.user_id, _validated_status(body.status), body.rights)
        membership.set_member(self._tg, chat, new, by=self._actor(chat, body.by))
        return self._publish_and_respond(chat)

    async def upgrade(self, request: web.Request) -> web.Response:
        chat = self._group_of(request)
        if chat.type != "group" or chat.migrated_to is not None:
            raise http.ControlError("only a basic group can be upgraded, and only once")
        new = groups.upgrade_to_supergroup(self._tg, chat)
        self._tg.publish_chat(chat)
        return self._publish_and_respond(new)

    async def add_topic(self, request: web.Request) -> web.Response:
        chat, body = self._group_of(request), await http.read_body(request, NewTopic)
        if not chat.is_forum:
            raise http.ControlError("only a forum has topics; create a supergroup with is_forum")
        topic = groups.add_topic(self._tg, chat, body.name)
        self._tg.publish_chat(chat)
        return http.json_response(topic)

    async def change_topic(self, request: web.Request) -> web.Response:
        chat, body = self._group_of(request), await http.read_body(request, TopicChange)
        thread_id = http.path_integer(request, "thread")
        if thread_id == GENERAL_THREAD_ID and chat.is_forum:
            groups.ensure_general_topic(chat)
        topic = chat.topics.get(thread_id)
        if topic is None:
            raise http.ControlError(f"there is no topic {thread_id}", 404)
        if body.closed is not None:
            groups.set_topic_closed(self._tg, chat, topic, closed=body.closed)
        if body.name:
            groups.rename_topic(self._tg, chat, topic, body.name)
        self._tg.publish_chat(chat)
        return http.json_response(topic)

    async def delete_topic(self, request: web.Request) -> web.Response:
        chat, thread_id = self._group_of(request), http.path_integer(request, "thread")
        if chat.topics.pop(thread_id, None) is None:
            raise http.ControlError(f"there is no topic {thread_id}", 404)
        return self._publish_and_respond(chat)


def _validated_status(status: str) -> str:
    if status not in STATUSES:
        raise http.ControlError(f"status must be one of {', '.join(STATUSES)}")
    return status
