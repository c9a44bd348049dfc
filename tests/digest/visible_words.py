"""Extract the words that readers of a Markdown page would see, without the reader's parser.

source -> without addresses of links, tags, marks of footnotes and lists -> words
"""

from __future__ import annotations

import re
from html import unescape

_TAG_NAMES = """
a b strong i em u s del ins br hr p div span small li ul ol sub sup details summary table tr td th
svg iframe object script style video h1 h2 h3 h4 h5 h6
"""
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TARGET = re.compile(r"\]\((?:<[^<>\n]*>|[^()\s]*)(?:\s+\"[^\"\n]*\")?\)")
_ADDRESS = re.compile(r"https?://[!-;=?-Z^-z~]*")
_TAG = re.compile(rf"</?(?:{'|'.join(_TAG_NAMES.split())})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_FENCE = re.compile(r"^[ >]*(?:`{3,}|~{3,})[ -~]*$", re.MULTILINE)
_NOTE = re.compile(r"\[\^([\w-]+)\]")
_ATTRIBUTES = re.compile(r"\{[#.][^{}\n]*\}")
_TASK_BOX = re.compile(r"\[[xX]\]")
_REFERENCE = re.compile(r"\]\[[^\[\]\n]*\]")
_LABEL = re.compile(r"^[ \t]*\[([^\[\]\n]+)\]:", re.MULTILINE)
_ORDINAL = re.compile(r"^[ \t#*]*(?:第\d+[条條]|[一二三四五六七八九十]{1,3}、)", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+")


def visible_words(source: str) -> list[str]:
    """Return the words of a page below its front matter; numbers, which lists may have lost, are none."""
    page = _FRONT.sub("", source)
    page = _FENCE.sub("\n", page)
    page = _ORDINAL.sub("\n", _LABEL.sub(lambda name: "\n" if f"][{name[1]}]" in page else name[0], page))
    page = _TASK_BOX.sub("", _ATTRIBUTES.sub("", page))
    page = _REFERENCE.sub("]", _TARGET.sub("]", page))
    page = _TAG.sub("\n", _ADDRESS.sub("\n", page))
    page = _NOTE.sub(lambda mark: "\n" if f"[^{mark[1]}]:" in page else mark[0], page)
    return [word for word in _WORD.findall(unescape(page)) if any(map(str.isalpha, word))]
