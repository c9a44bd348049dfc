"""Who exists, which chats they have, what was written -> looked up and changed in one place; tells nobody."""

from collections import deque
from collections.abc import Iterable

from emulator.memory import Budget
from emulator.values import Chat, Member, Message, User

CHANNEL_BASE = -1_000_000_000_000  # ids of supergroups and channels start below this


class World:
    """The bot, people, chats and messages.

    At most `keep` messages are remembered over all chats; the oldest are forgotten first.
    Private chats and basic groups share one sequence of message ids, supergroups and channels have one each, as on
    Telegram.
    """

    def __init__(self, bot: User, keep: int = 100_000) -> None:
        self.bot = bot
        self.people: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.keep = keep
        self._messages: dict[int, dict[int, Message]] = {}
        self._order: deque[tuple[int, int]] = deque()
        self._budget = Budget()
        self._shared_message_id = 0
        self._next_person = 1001
        self._next_group = 5001

    def add_person(self, person: User) -> None:
        """Add or replace."""
        self.people[person.id] = person

    def free_person_id(self) -> int:
        while self._next_person in self.people or self._next_person == self.bot.id:
            self._next_person += 1
        return self._next_person

    def free_chat_id(self, kind: str) -> int:
        """-N for a basic group, -100…N for the others."""
        while True:
            self._next_group += 1
            found = -self._next_group if kind == "group" else CHANNEL_BASE - self._next_group
            if found not in self.chats:
                return found

    def private_chat(self, person: User) -> Chat:
        """The chat of this person with the bot; made when first asked for."""
        chat = self.chats.get(person.id)
        if chat is None:
            members = {user: Member(user, "member") for user in (person.id, self.bot.id)}
            chat = self.chats[person.id] = Chat(person.id, "private", members=members)
        return chat

    def find_chat(self, key: int | str) -> Chat | None:
        """By id, or by @username (public supergroups and channels only, as for bots on Telegram)."""
        if isinstance(key, int):
            return self.chats.get(key)
        name = key.removeprefix("@").lower()
        return next((chat for chat in self.chats.values() if (chat.username or "").lower() == name), None)

    def seen(self, person_id: int) -> bool:
        """Whether the bot has ever met this person: in a private chat or as a member of a common chat."""
        return any(person_id in chat.members and self.bot.id in chat.members for chat in self.chats.values())

    def next_message_id(self, chat: Chat) -> int:
        if chat.type in ("private", "group"):
            self._shared_message_id += 1
            return self._shared_message_id
        chat.last_message_id += 1
        return chat.last_message_id

    def put(self, message: Message) -> None:
        """Remember a new message or a new state of one."""
        stored = self._messages.setdefault(message.chat_id, {})
        old = stored.get(message.message_id)
        if old is None:
            self._order.append((message.chat_id, message.message_id))
        else:
            self._budget.remove(old)
        self._budget.add(message)
        stored[message.message_id] = message
        while len(self._order) > self.keep or self._budget.exceeded:
            self.remove(*self._order.popleft())

    def message(self, chat_id: int, message_id: int) -> Message | None:
        return self._messages.get(chat_id, {}).get(message_id)

    def messages(self, chat_id: int) -> Iterable[Message]:
        """Oldest first."""
        return self._messages.get(chat_id, {}).values()

    def remove(self, chat_id: int, message_id: int) -> Message | None:
        """Forget a message; None when there is none."""
        stored = self._messages.get(chat_id, {})
        message = stored.pop(message_id, None)
        if message is not None:
            self._budget.remove(message)
            if not stored:
                del self._messages[chat_id]
        return message
