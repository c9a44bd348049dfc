"""In-memory store of users, chats and messages."""

from collections import deque
from collections.abc import Iterable

from emulator.memory_budget import MemoryBudget
from emulator.models import Chat, Member, StoredMessage, User

CHANNEL_ID_BASE = -1_000_000_000_000  # ids of supergroups and channels are below this


class ChatStore:
    """The bot, its users and chats, and the newest messages of all chats.

    As on Telegram, private chats and basic groups share one sequence of message ids; each supergroup and channel has
    its own.
    """

    def __init__(self, bot: User, max_messages: int = 100_000) -> None:
        self.bot = bot
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.max_messages = max_messages
        self._messages: dict[int, dict[int, StoredMessage]] = {}
        self._insertion_order: deque[tuple[int, int]] = deque()
        self._memory_budget = MemoryBudget()
        self._shared_message_id = 0
        self._next_user_id = 1001
        self._next_chat_number = 5001

    def put_user(self, user: User) -> None:
        """Add or replace a user."""
        self.users[user.id] = user

    def next_free_user_id(self) -> int:
        while self._next_user_id in self.users or self._next_user_id == self.bot.id:
            self._next_user_id += 1
        return self._next_user_id

    def next_free_chat_id(self, kind: str) -> int:
        """Return an unused id: -N for a basic group, -100…N for a supergroup or channel."""
        while True:
            self._next_chat_number += 1
            chat_id = -self._next_chat_number if kind == "group" else CHANNEL_ID_BASE - self._next_chat_number
            if chat_id not in self.chats:
                return chat_id

    def get_or_create_private_chat(self, user: User) -> Chat:
        """Return the user's chat with the bot, creating it on first use."""
        chat = self.chats.get(user.id)
        if chat is None:
            members = {user_id: Member(user_id, "member") for user_id in (user.id, self.bot.id)}
            chat = self.chats[user.id] = Chat(user.id, "private", members=members)
        return chat

    def find_chat(self, key: int | str) -> Chat | None:
        """Find a chat by id or, for public supergroups and channels, by @username."""
        if isinstance(key, int):
            return self.chats.get(key)
        name = key.removeprefix("@").lower()
        return next((chat for chat in self.chats.values() if (chat.username or "").lower() == name), None)

    def bot_has_met(self, user_id: int) -> bool:
        """Whether the user and the bot share a chat, private or not."""
        return any(user_id in chat.members and self.bot.id in chat.members for chat in self.chats.values())

    def next_message_id(self, chat: Chat) -> int:
        if chat.type in ("private", "group"):
            self._shared_message_id += 1
            return self._shared_message_id
        chat.last_message_id += 1
        return chat.last_message_id

    def next_ephemeral_id(self, chat: Chat) -> int:
        """Return the next identifier of an ephemeral message, of which each chat has a sequence of its own."""
        chat.last_ephemeral_id += 1
        return chat.last_ephemeral_id

    def put_message(self, message: StoredMessage) -> None:
        """Add or replace a message; drop the oldest messages beyond the limits."""
        stored = self._messages.setdefault(message.chat_id, {})
        old = stored.get(message.message_id)
        if old is None:
            self._insertion_order.append((message.chat_id, message.message_id))
        else:
            self._memory_budget.remove(old)
        self._memory_budget.add(message)
        stored[message.message_id] = message
        while len(self._insertion_order) > self.max_messages or self._memory_budget.exceeded:
            self.remove_message(*self._insertion_order.popleft())

    def get_message(self, chat_id: int, message_id: int) -> StoredMessage | None:
        return self._messages.get(chat_id, {}).get(message_id)

    def find_message(self, chat_id: int, message_id: int) -> StoredMessage | None:
        """Return a message that a method can name by its message id, as no ephemeral one can be."""
        return self.get_message(chat_id, message_id) if message_id > 0 else None

    def list_messages(self, chat_id: int) -> Iterable[StoredMessage]:
        """Return the chat's messages, oldest first."""
        return self._messages.get(chat_id, {}).values()

    def remove_message(self, chat_id: int, message_id: int) -> StoredMessage | None:
        """Remove and return a message; None if it does not exist."""
        stored = self._messages.get(chat_id, {})
        message = stored.pop(message_id, None)
        if message is not None:
            self._memory_budget.remove(message)
            if not stored:
                del self._messages[chat_id]
        return message
