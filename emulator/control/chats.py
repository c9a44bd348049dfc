"""/sim/chats: groups, supergroups, channels; their members, topics, upgrade and end."""

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


def routes(server: Running) -> list[web.RouteDef]:
    tg = server.tg

    def chat_of(request: web.Request) -> Chat:
        chat = bodies.chat(tg, bodies.path_number(request, "id"))
        if chat.type == "private":
            raise bodies.Wrong("a private chat has no settings; change the person")
        return chat

    def shown(chat: Chat) -> web.Response:
        tg.show_chat(chat)
        return bodies.answer(chat.view())

    async def all_chats(request: web.Request) -> web.Response:
        return bodies.answer({"chats": [chat.view() for chat in tg.world.chats.values()]})

    async def create(request: web.Request) -> web.Response:
        wish = await bodies.body(request, NewChat)
        if wish.type not in ("group", "supergroup", "channel"):
            raise bodies.Wrong("type is group, supergroup or channel; a private chat comes with its person")
        if wish.is_forum and wish.type != "supergroup":
            raise bodies.Wrong("only a supergroup can be a forum")
        chat = Chat(wish.id or tg.world.free_chat_id(wish.type), wish.type, wish.title, wish.username, wish.is_forum)
        for user_id in dict.fromkeys([*wish.members, *([wish.creator] if wish.creator else [])]):
            bodies.person(tg, user_id)
            chat.members[user_id] = Member(user_id, "creator" if user_id == wish.creator else "member")
        tg.world.chats[chat.id] = chat
        status = wish.bot_status or ("administrator" if wish.type == "channel" else "member")
        groups.place(tg, chat, Member(tg.bot.id, _status(status)), by=_actor(chat, wish.creator))
        return shown(chat)

    def _actor(chat: Chat, user_id: int | None) -> int | None:
        return user_id or next((member for member in chat.members if member != tg.bot.id), None)

    async def change(request: web.Request) -> web.Response:
        chat, wish = chat_of(request), await bodies.body(request, ChatChange)
        chat.title = wish.title if wish.title is not None else chat.title
        chat.is_forum = wish.is_forum if wish.is_forum is not None else chat.is_forum
        chat.permissions |= wish.permissions or {}
        return shown(chat)

    async def end(request: web.Request) -> web.Response:
        chat = chat_of(request)
        chat.deleted = True
        return shown(chat)

    async def members(request: web.Request) -> web.Response:
        chat, wish = chat_of(request), await bodies.body(request, NewStatus)
        if wish.user_id != tg.bot.id:
            bodies.person(tg, wish.user_id)
        groups.place(tg, chat, Member(wish.user_id, _status(wish.status), wish.rights), by=_actor(chat, wish.by))
        return shown(chat)

    async def upgrade(request: web.Request) -> web.Response:
        chat = chat_of(request)
        if chat.type != "group" or chat.migrated_to is not None:
            raise bodies.Wrong("only a basic group can be upgraded, once")
        new = groups.upgrade(tg, chat)
        tg.show_chat(chat)
        return shown(new)

    async def add_topic(request: web.Request) -> web.Response:
        chat, wish = chat_of(request), await bodies.body(request, NewTopic)
        if not chat.is_forum:
            raise bodies.Wrong("only a forum has topics")
        topic = tg.world.add_topic(chat, wish.name)
        tg.show_chat(chat)
        return bodies.answer(topic)

    async def change_topic(request: web.Request) -> web.Response:
        chat, wish = chat_of(request), await bodies.body(request, TopicChange)
        thread_id = bodies.path_number(request, "thread")
        if thread_id == groups.GENERAL and chat.is_forum:
            groups.ensure_general(chat)
        topic = chat.topics.get(thread_id)
        if topic is None:
            raise bodies.Wrong(f"there is no topic {thread_id}", 404)
        topic.closed = wish.closed if wish.closed is not None else topic.closed
        topic.name = wish.name or topic.name
        tg.show_chat(chat)
        return bodies.answer(topic)

    async def delete_topic(request: web.Request) -> web.Response:
        chat, thread_id = chat_of(request), bodies.path_number(request, "thread")
        if chat.topics.pop(thread_id, None) is None:
            raise bodies.Wrong(f"there is no topic {thread_id}", 404)
        return shown(chat)

    return [
        web.get("/chats", all_chats),
        web.post("/chats", create),
        web.post("/chats/{id}", change),
        web.delete("/chats/{id}", end),
        web.post("/chats/{id}/members", members),
        web.post("/chats/{id}/upgrade", upgrade),
        web.post("/chats/{id}/topics", add_topic),
        web.post("/chats/{id}/topics/{thread}", change_topic),
        web.delete("/chats/{id}/topics/{thread}", delete_topic),
    ]


def _status(status: str) -> str:
    if status not in STATUSES:
        raise bodies.Wrong(f"status is one of {', '.join(STATUSES)}")
    return status
