"""Texts that another process has said in English are found in the catalogue again."""

from __future__ import annotations

import pytest

from bot.recognition import recognized
from domain.chat.i18n import UNTRANSLATED, Translations, lazy_text

CHINESE = Translations.load().translator("zh")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("the bot is starting", "机器人正在启动"),
        ("/srv/bot.db was deleted or moved", "/srv/bot.db 被删掉或移走了"),
        ("/srv/bot.db-wal was replaced", "/srv/bot.db-wal 被换成了别的文件"),
        ("/srv/bot.db cannot be reached (Permission denied)", "访问不到 /srv/bot.db（没有权限）"),
        ("DATABASE: /srv/my bot.db is no regular file", "DATABASE：/srv/my bot.db 不是普通文件"),
        (
            "Telegram cannot be reached: x; if this network blocks Telegram, set PROXY",
            "连不上 Telegram：x；如果这个网络连不上 Telegram，请设 PROXY",
        ),
        (
            "token: T is empty or not set; write the bot's token from @BotFather into it",
            "token：T 是空的或没有设；请把 @BotFather 给的 token 写进去",
        ),
        (
            "the database x cannot be opened (Permission denied): free some space there",
            "数据库 x 打不开（没有权限）：请在那里腾出空间",
        ),
        ("something that no catalogue has: this", "something that no catalogue has：this"),
        ("something that no catalogue has", "something that no catalogue has"),
        ("database", "database"),
        ("{x} and {0!r}", "{x} and {0!r}"),
        ("", ""),
    ],
)
def test_text_is_read_in_the_readers_language(said: str, read: str) -> None:
    assert recognized(said, CHINESE) == read
    assert recognized(said, UNTRANSLATED) == said


def test_text_of_this_process_is_read_with_what_it_quotes() -> None:
    said = lazy_text("{check}: {problem}", check="updates", problem="the webhook is not set yet")
    assert recognized(said, CHINESE) == "updates：webhook 还没有设好"
