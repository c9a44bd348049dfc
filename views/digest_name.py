"""What a digest is called and which language it is written in, as its newest edition tells."""

from __future__ import annotations

import re

from digest.model import Digest
from domain.chat.i18n import Translator
from domain.chat.text import Text
from views.shortening import cut_to_width

_DATE = re.compile(r"\d{4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?日?|\d{1,2}月\d{1,2}日")
_EDGES = " \t-–—|·:：,，#()（）[]【】"
_HAN, _LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
_NAME_WIDTH = 60

_CHINESE_SHARE = 0.15
"""Share of Chinese characters among all letters from which on a text is Chinese: names of firms are Latin in it."""


def digest_name(digest: Digest) -> str:
    """Return an edition's title without its date; empty if nothing is left."""
    return undated_title(digest.title)


def undated_title(title: str) -> str:
    """Return a title without a date in it; empty if nothing is left."""
    title = Text(title).sanitized().plain
    return cut_to_width(" ".join(_DATE.sub(" ", title).split()).strip(_EDGES), _NAME_WIDTH)


def content_language(digest: Digest) -> str:
    """Return the language of an edition's texts: "zh", "en" for Latin letters, or empty if there are neither."""
    plain = "".join(f"{item.headline}{item.body.plain}" for item in digest.items) + digest.intro.plain
    han, latin = len(_HAN.findall(plain)), len(_LATIN.findall(plain))
    if not han + latin:
        return ""
    return "zh" if han / (han + latin) >= _CHINESE_SHARE else "en"


def digest_line(digest: Digest | None, translate: Translator) -> str:
    """Return the digest's name, and its language if that is not the reader's; empty without an edition or a name."""
    name = digest_name(digest) if digest is not None else ""
    if digest is None or not name:
        return ""
    language = content_language(digest)
    if language == translate.language.split("-")[0]:
        return name
    template = {"zh": translate("{name} (written in Chinese)"), "en": translate("{name} (written in English)")}
    return template.get(language, "{name}").format(name=name)
