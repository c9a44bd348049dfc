"""Report what readers do not see as written: omitted images and comments, addresses that are not linked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from digest.model import Problem
from digest.parsing.inline import Omission
from digest.problems import ProblemCode, make_problem, quote_whole
from domain.chat.i18n import gettext_noop

_MESSAGES = {
    ProblemCode.IMAGE: gettext_noop("An image is left out: {text} ({url})."),
    ProblemCode.MEDIA: gettext_noop("A video, sound or frame is left out: {text}."),
    ProblemCode.SHORTCODE: gettext_noop("A shortcode is left out: {text}."),
    ProblemCode.MARKUP: gettext_noop("Markup is left out, and the words that it belongs to stay: {text}."),
    ProblemCode.COMMENT: gettext_noop("A comment is left out: {text}."),
    ProblemCode.DANGEROUS_LINK: gettext_noop(
        "The address {url} could do harm and is not linked. Use one that begins with https://."
    ),
    ProblemCode.RELATIVE_LINK: gettext_noop(
        "The address {url} leads nowhere outside the page and is not linked. Write the whole address."
    ),
    ProblemCode.TEMPLATE_LINK: gettext_noop("The address {url} was never filled in by its template and is not linked."),
    ProblemCode.EMPTY_LINK: gettext_noop(
        "The link to {url} has no text; the address is shown instead. Write [text]({url})."
    ),
    ProblemCode.BROKEN_LINK: gettext_noop("A link is never closed here: {text}. Write [text](address)."),
    ProblemCode.REFUSED_LINK: gettext_noop(
        "Telegram refuses the address {url}: its host or port is not allowed. It is not linked."
    ),
    ProblemCode.ADDRESS_IN_WORDS: gettext_noop(
        "Telegram links no address such as {url}; it stands in brackets behind its words: {text}."
    ),
    ProblemCode.UNUSED_ADDRESS: gettext_noop(
        "No link uses this address, or its name was given to another one above: {text}. It is left out."
    ),
    ProblemCode.TABLE_AS_ITEMS: gettext_noop(
        "The rows of a table are read as items; the names of these columns are left out: {text}."
    ),
    ProblemCode.DEEP: gettext_noop("Lists or quotes are nested too deeply to be read; shown as they stand: {text}."),
}


_NO_ADDRESS = gettext_noop("A link has no address. Write [text](address).")


class PictureFate(Enum):
    """What becomes of a picture in ordinary messages, as the editor is told."""

    PREVIEW = gettext_noop("An image is shown in a link preview: {text} ({url}).")
    ALBUM = gettext_noop("An image is sent as a photo: {text} ({url}).")
    RICH_ONLY = gettext_noop("An image is shown only in the rich layout: {text} ({url}).")
    NOT_FIRST = gettext_noop(
        "An image is shown only in the rich layout, because a link preview shows one picture of an item: "
        "{text} ({url})."
    )
    NOT_ON_THE_WEB = gettext_noop(
        "An image is left out, because Telegram fetches the picture of a link preview from the web; "
        "pictures: album sends it: {text} ({url})."
    )
    ALBUM_FULL = gettext_noop("An image is left out, because an album holds ten: {text} ({url}).")
    MISSING = gettext_noop("An image is left out, because there is no such file beside the digest: {text} ({url}).")
    OUTSIDE = gettext_noop("An image is left out, because its file is not below the digest's folder: {text} ({url}).")
    NOT_A_FILE = gettext_noop("An image is left out, because it is no ordinary file: {text} ({url}).")
    CHANGING = gettext_noop("An image is left out, because its file was still being written: {text} ({url}).")
    TOO_LARGE = gettext_noop("An image is left out, because a photo has at most 10 MB: {text} ({url}).")
    NO_PICTURE = gettext_noop("An image is left out, because its file is no JPEG, PNG or WebP: {text} ({url}).")
    TOO_MANY_PIXELS = gettext_noop(
        "An image is left out, because width and height of a photo are at most 10,000 together: {text} ({url})."
    )
    TOO_NARROW = gettext_noop(
        "An image is left out, because one side of a photo is at most twenty times the other: {text} ({url})."
    )
    LEFT_OUT = _MESSAGES[ProblemCode.IMAGE]

    @property
    def is_shown(self) -> bool:
        return self in (PictureFate.PREVIEW, PictureFate.ALBUM)


def omission_problems(
    omissions: Iterable[Omission], fates: Mapping[Omission, PictureFate] | None = None
) -> tuple[Problem, ...]:
    """Make one problem for each omission; `fates` are what becomes of pictures."""
    return tuple(_problem(omission, (fates or {}).get(omission, PictureFate.LEFT_OUT)) for omission in omissions)


def _problem(omission: Omission, fate: PictureFate) -> Problem:
    text = quote_whole(omission.text)
    url = f"{omission.url} → {omission.link}" if omission.link else omission.url
    url = url if len(url) < 500 else url[:500] + "…"
    code, message = omission.code, _MESSAGES[omission.code]
    if code is ProblemCode.IMAGE:
        code = ProblemCode.PICTURE_SHOWN if fate.is_shown else code
        message = fate.value
    elif code is ProblemCode.RELATIVE_LINK and not omission.url:
        message = _NO_ADDRESS
    return make_problem(code, message, omission.line, text=text, url=url)
