"""Tell sentences about somebody or something else from wishes: `he lives in Berlin`, `会议推迟到三点`.

They have the words of wishes, so cues and examples would read them as such.
"""

from __future__ import annotations

import re

from handlers.input.word_lists import WORD_LISTS
from handlers.input.written_forms import WrittenForm

_LISTS = WORD_LISTS["other_matters"]


def _any_of(name: str) -> str:
    """Return an expression for the words of a list; Latin ones as whole words."""
    chinese = [word for word in _LISTS[name] if not word.isascii()]
    latin = [word for word in _LISTS[name] if word.isascii()]
    return rf"(?:{'|'.join(chinese)}|\b(?:{'|'.join(latin)})\b)"


_OTHER_SUBJECT = re.compile(rf"^(?:{_any_of('subjects')})(?!.*{_any_of('leads_to_wish')})")
_OTHER_MATTER = re.compile(_any_of("matters"))
_OF_THE_BOT = re.compile(_any_of("of_the_bot"))


def is_other_matter(form: WrittenForm) -> bool:
    """Return whether a sentence of one clause is about others, or about what is no matter of the bot."""
    text = form.text
    if "," in text:
        return False
    if _OTHER_SUBJECT.search(text):
        return True
    return _OTHER_MATTER.search(text) is not None and _OF_THE_BOT.search(text) is None
