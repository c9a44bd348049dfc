"""/control/chats: groups, supergroups, channels; their members, topics, upgrade and end."""

import msgspec
from aiohttp import web

from emulator import groups
from emulator.control import bodies
from emulator.control.serving import Running
from emulator.values import Chat, Member

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


class NewStatus(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int
    status: str
    by: int | None = None
    rights: dict[str, bool] = msgspec.field(default_factory=dict)


class NewTopic(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class TopicChange(msgspec.Struct, forbid_unknown_fields=True):
    closed: bool | None = None
    name: str | None = None


class Chats:
    """Groups, supergroups, channels."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/chats", self.all_chats),
            web.post("/chats", self.create),
            web.post("/chats/{id}", self.change),
            web.delete("/chats/{id}", self.end),
            web.post("/chats/{id}/members", self.members),
            web.post("/chats/{id}/upgrade", self.upgrade),
            web.post("/chats/{id}/topics", self.add_topic),
            web.post("/chats/{id}/topics/{thread}", self.change_topic),
            web.delete("/chats/{id}/topics/{thread}", self.delete_topic),
        ]

    def chat_of(self, request: web.Request) -> Chat:
        chat = bodies.chat(self._tg, bodies.path_number(request, "id"))
        if chat.type == "private":
            raise bodies.Wrong("a private chat has no settings; change the person")
        return chat

    def shown(self, chat: Chat) -> web.Response:
        self._tg.show_chat(chat)
        return bodies.answer(chat.view())

    async def all_chats(self, request: web.Request) -> web.Response:
        return bodies.answer({"chats": [chat.view() for chat in self._tg.world.chats.values()]})

    async def create(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, NewChat)
        if wish.type not in ("group", "supergroup", "channel"):
            raise bodies.Wrong("type is group, supergroup or channel; a private chat comes with its person")
        if wish.is_forum and wish.type != "supergroup":
            raise bodies.Wrong("only a supergroup can be a forum")
        chat_id = wish.id or self._tg.world.free_chat_id(wish.type)
        chat = Chat(chat_id, wish.type, wish.title, wish.username, wish.is_forum)
        for user_id in dict.fromkeys([*wish.members, *([wish.creator] if wish.creator else [])]):
            bodies.person(self._tg, user_id)
            chat.members[user_id] = Member(user_id, "creator" if user_id == wish.creator else "member")
        self._tg.world.chats[chat.id] = chat
        status = wish.bot_status or ("administrator" if wish.type == "channel" else "member")
        groups.place(self._tg, chat, Member(self._tg.bot.id, _status(status)), by=self._actor(chat, wish.creator))
        return self.shown(chat)

    def _actor(self, chat: Chat, user_id: int | None) -> int | None:
        return user_id or next((member for member in chat.members if member != self._tg.bot.id), None)

    async def change(self, request: web.Request) -> web.Response:
        chat, wish = self.chat_of(request), await bodies.body(request, ChatChange)
        chat.title = wish.title if wish.title is not None else chat.title
        chat.is_forum = wish.is_forum if wish.is_forum is not None else chat.is_forum
        chat.permissions |= wish.permissions or {}
        return self.shown(chat)

    async def end(self, request: web.Request) -> web.Response:
        chat = self.chat_of(request)
        chat.deleted = True
        return self.shown(chat)

    async def members(self, request: web.Request) -> web.Response:
        chat, wish = self.chat_of(request), await bodies.body(request, NewStatus)
        if wish.user_id != self._tg.bot.id:
            bodies.person(self._tg, wish.user_id)
        new = Member(wish.user_id, _status(wish.status), wish.rights)
        groups.place(self._tg, chat, new, by=self._actor(chat, wish.by))
        return self.shown(chat)

    async def upgrade(self, request: web.Request) -> web.Response:
        chat = self.chat_of(request)
        if chat.type != "group" or chat.migrated_to is not None:
            raise bodies.Wrong("only a basic group can be upgraded, once")
        new = groups.upgrade(self._tg, chat)
        self._tg.show_chat(chat)
        return self.shown(new)

    async def add_topic(self, request: web.Request) -> web.Response:
        chat, wish = self.chat_of(request), await bodies.body(request, NewTopic)
        if not chat.is_forum:
            raise bodies.Wrong("only a forum has topics")
        topic = groups.add_topic(self._tg, chat, wish.name)
        self._tg.show_chat(chat)
        return bodies.answer(topic)

    async def change_topic(self, request: web.Request) -> web.Response:
        chat, wish = self.chat_of(request), await bodies.body(request, TopicChange)
        thread_id = bodies.path_number(request, "thread")
        if thread_id == groups.GENERAL and chat.is_forum:
            groups.ensure_general(chat)
        topic = chat.topics.get(thread_id)
        if topic is None:
            raise bodies.Wrong(f"there is no topic {thread_id}", 404)
        if wish.closed is not None:
            groups.close_topic(self._tg, chat, topic, closed=wish.closed)
        topic.name = wish.name or topic.name
        self._tg.show_chat(chat)
        return bodies.answer(topic)

    async def delete_topic(self, request: web.Request) -> web.Response:
        chat, thread_id = self.chat_of(request), bodies.path_number(request, "thread")
        if chat.topics.pop(thread_id, None) is None:
            raise bodies.Wrong(f"there is no topic {thread_id}", 404)
        return self.shown(chat)


def _status(status: str) -> str:
    if status not in STATUSES:
        raise bodies.Wrong(f"status is one of {', '.join(STATUSES)}")
    return status
