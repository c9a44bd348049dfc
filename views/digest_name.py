"""What a digest is called and which language it is written in, as its newest edition tells."""

from __future__ import annotations

import re
from datetime import UTC

from digest.model import Digest
from digest.parsing.dates import find_date
from domain.chat.i18n import Translator, script_of
from domain.chat.text import Text
from views.shortening import cut_to_width

_PERIODICAL = (
    r"(?:[报報](?![道告价價纸紙])|刊(?![登发發载載])|[志誌](?![愿願])|[记記](?![者录錄忆憶])|知[录錄録]"
    r"|[讯訊课課](?!\w)|[보간])"
)
"""What makes a word for a daily paper or a diary of the word for "day" before it: 日报, 日刊, 日知录, 일보."""

_YEAR = r"(?:(?<!\d)\d{4}|(?<!\d)\d\d|令和\s?\d{1,2}|[〇零一二三四五六七八九]{4})\s?[年년]\s?"
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_MONTH_AND_DAY = rf"(?<!\d){_NUMBER}(?P<gap>\s?)[月월]\s?{_NUMBER}(?!\d)"
_UNIT = rf"(?:(?P=gap)[日号號일](?!{_PERIODICAL})|\s?[日号號일](?!\w)|(?=\s?[日일]{_PERIODICAL})|(?!\w))"
_WEEKDAY = (
    r"(?:\s?[(（]?(?:(?:星期|周|週|礼拜|禮拜)(?:[一二三四五六天]|日(?!" + _PERIODICAL + r"))"
    r"|[月火水木金土日]曜日?|[월화수목금토일]요일)[)）]?|\s?[(（][月火水木金土日월화수목금토일][)）])?"
)
_IN_FIGURES = (
    r"(?<!\d)\d{4}\s?[-./_]\s?\d{1,2}\s?[-./_]\s?\d{1,2}(?!\d)" + rf"(?:[日号號](?!{_PERIODICAL}|[本经經経]))?"
)
_DATE = re.compile(rf"(?:{_IN_FIGURES}|(?:{_YEAR})?{_MONTH_AND_DAY}{_UNIT}){_WEEKDAY}")
"""A date in figures, or one in Chinese, Japanese or Korean, with the weekday behind it."""

_WEEKDAY_BEFORE = re.compile(r"(?:^|\b)(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? ?$", re.IGNORECASE)
_EDGES = " \t-–—|·:：,，#()（）[]【】"
_HAN, _LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
_NAME_WIDTH = 60
_HAN_SCRIPT = "Hani"
_SCRIPT_FAMILIES = {"Hans": _HAN_SCRIPT, "Hant": _HAN_SCRIPT}
"""The script that readers of another one read as well."""

_CHINESE_SHARE = 0.15
"""Share of Chinese characters among all letters from which on a text is Chinese: names of firms are Latin in it."""


def digest_name(digest: Digest) -> str:
    """Return an edition's title without its date; empty if nothing is left."""
    return undated_title(digest.title)


def undated_title(title: str) -> str:
    """Return a title without a date in it; empty if nothing is left."""
    title = " ".join(_DATE.sub(" ", " ".join(Text(title).sanitized().plain.split())).split())
    found = find_date(title, UTC)
    if found is not None:
        title = " ".join(f"{_WEEKDAY_BEFORE.sub('', title[: found.start])} {title[found.end :]}".split())
    return cut_to_width(title.strip(_EDGES), _NAME_WIDTH)


def content_script(digest: Digest) -> str:
    """Return the script of an edition's texts by ISO 15924: "Hani", "Latn", or empty if there is neither."""
    plain = "".join(f"{item.headline}{item.body.plain}" for item in digest.items) + digest.intro.plain
    han, latin = len(_HAN.findall(plain)), len(_LATIN.findall(plain))
    if not han + latin:
        return ""
    return _HAN_SCRIPT if han / (han + latin) >= _CHINESE_SHARE else "Latn"


def digest_line(digest: Digest | None, translate: Translator) -> str:
    """Return the digest's name, and its language if the reader's is in another script; empty without a name."""
    name = digest_name(digest) if digest is not None else ""
    if digest is None or not name:
        return ""
    script, own_script = content_script(digest), script_of(translate.language)
    if script == _SCRIPT_FAMILIES.get(own_script, own_script):
        return name
    template = {_HAN_SCRIPT: translate("{name} (written in Chinese)"), "Latn": translate("{name} (written in English)")}
    return template.get(script, "{name}").format(name=name)
