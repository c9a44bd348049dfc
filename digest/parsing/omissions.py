"""Report what readers do not see as written: omitted images and comments, addresses that are not linked."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from digest.model import PictureMode, Problem
from digest.parsing.inline import Omission, is_web_url
from digest.problems import ProblemCode, make_problem, quote_whole
from domain.chat.i18n import gettext_noop

_MESSAGES = {
    ProblemCode.IMAGE: gettext_noop("An image is left out: {text} ({url})."),
    ProblemCode.MEDIA: gettext_noop("A video, sound or frame is left out: {text}."),
    ProblemCode.SHORTCODE: gettext_noop("A shortcode is left out: {text}."),
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

_RICH_ONLY = gettext_noop("An image is shown only in the rich layout: {text} ({url}).")
_ONE_PREVIEW = gettext_noop(
    "An image is shown only in the rich layout, because a link preview shows one picture of an item: {text} ({url})."
)
_NOT_ON_THE_WEB = gettext_noop(
    "An image is left out, because Telegram fetches the picture of a link preview from the web: {text} ({url})."
)
_IN_PREVIEW = gettext_noop("An image is shown in a link preview: {text} ({url}).")


def omission_problems(
    omissions: Iterable[Omission],
    mode: PictureMode = PictureMode.NONE,
    shown: Collection[Omission] = (),
) -> tuple[Problem, ...]:
    """Make one problem for each omission; `shown` are the pictures that readers get by the picture mode."""
    return tuple(_problem(omission, mode, is_shown=omission in shown) for omission in omissions)


def _problem(omission: Omission, mode: PictureMode, *, is_shown: bool) -> Problem:
    text = quote_whole(omission.text)
    url = f"{omission.url} → {omission.link}" if omission.link else omission.url
    url = url if len(url) < 500 else url[:500] + "…"
    code, message = omission.code, _MESSAGES[omission.code]
    if code is ProblemCode.IMAGE and mode is not PictureMode.NONE and is_shown:
        code, message = ProblemCode.PICTURE_SHOWN, _IN_PREVIEW
    elif code is ProblemCode.IMAGE and is_web_url(omission.url):
        message = _RICH_ONLY if mode is PictureMode.NONE else _ONE_PREVIEW
    elif code is ProblemCode.IMAGE and mode is not PictureMode.NONE:
        message = _NOT_ON_THE_WEB
    return make_problem(code, message, omission.line, text=text, url=url)
