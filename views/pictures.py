"""Pictures of an edition in ordinary messages: the link preview of each message shows one, large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digest.model import Digest, PictureMode
from digest.problems import ProblemCode
from digest.rendering.links import is_linkable
from domain.chat.i18n import Translator
from domain.chat.message import PicturePreview
from domain.chat.text import Text, join
from views.problem_lines import problem_line

_SHOWN_LINES = 8
"""Pictures left out that one message names; `digestbot check` lists all."""


def picture_previews(digest: Digest) -> dict[int, PicturePreview]:
    """Return the pictures that the messages of the whole digest may show, by position; none in an album's edition."""
    return {} if digest.picture_mode is PictureMode.ALBUM else view_previews(digest)


def view_previews(digest: Digest) -> dict[int, PicturePreview]:
    """Return the first picture of each item, introduction and commentary, by position, if pictures are shown."""
    previews: dict[int, PicturePreview] = {}
    if digest.picture_mode is not PictureMode.NONE:
        is_above = digest.picture_mode is PictureMode.PREVIEW_ABOVE
        for picture in digest.pictures:
            if picture.position not in previews and is_linkable(picture.url):
                previews[picture.position] = PicturePreview(picture.url, is_above)
    return previews


def picture_lines(digest: Digest, translate: Translator) -> Iterator[Text]:
    """Yield which pictures readers of ordinary messages get, what they cost, and which are left out and why."""
    shown = [problem.line for problem in digest.problems if problem.code == ProblemCode.PICTURE_SHOWN.code]
    if shown and digest.picture_mode is PictureMode.ALBUM:
        template = translate.ngettext(
            "🖼 {n} photo after the text, which is one message more (line {lines}).",
            "🖼 {n} photos in an album after the text, which are {n} messages more (lines {lines}).",
            len(digest.photos),
        )
        yield Text(template.format(n=len(digest.photos), lines=", ".join(map(str, shown))))
    elif shown:
        template = translate.ngettext(
            "🖼 {n} picture in a link preview, which costs no message (line {lines}).",
            "🖼 {n} pictures in link previews, which cost no message (lines {lines}).",
            len(shown),
        )
        yield Text(template.format(n=len(shown), lines=", ".join(map(str, shown))))
    if digest.picture_mode is PictureMode.NONE:
        return
    left_out = [problem for problem in digest.problems if problem.code == ProblemCode.IMAGE.code]
    for problem in left_out[:_SHOWN_LINES]:
        yield join("", ("🖼 ", problem_line(replace(problem, excerpt=""), translate)))
    if len(left_out) > _SHOWN_LINES:
        rest = len(left_out) - _SHOWN_LINES
        yield Text(translate.ngettext("… and {n} more", "… and {n} more", rest).format(n=rest))
