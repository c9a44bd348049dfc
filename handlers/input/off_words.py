"""Words after a command that switch off what it switches on: `/pause off`, `/mute none`, `/pause 关闭`."""

from __future__ import annotations

from handlers.input.numerals import normalize
from handlers.input.written_forms import simplify

_OFF_WORDS = frozenset(
    (
        *("off", "resume", "end", "stop", "no", "none", "nothing"),
        *("结束", "恢复", "取消", "无", "没有", "关", "关闭", "关掉", "解除"),
    )
)
_CLEARING_WORDS = frozenset(("clear", "clear all", "reset", "remove all", "清空", "清除", "全部取消"))


def asks_for_off(words: str) -> bool:
    """Return whether words ask to switch off, in either Chinese script, width and case."""
    return _comparable(words) in _OFF_WORDS


def asks_to_clear(words: str) -> bool:
    """Return whether words ask that nothing of a list be left, as `off` does."""
    return _comparable(words) in _OFF_WORDS | _CLEARING_WORDS


def _comparable(words: str) -> str:
    return simplify(normalize(words)).strip(" .!。")
