"""The unit that views build and pagination divides into messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.chat.message import Button, PicturePreview
from domain.chat.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A header with its introduction, an item, or the commentary, before pagination.

    `heading` (of a section) and `lead` (the headline) stand above the `body` and stay with its beginning. `heading_gap`
    stands below the heading, `separator` between lead and body, `gap` before the passage unless it opens a message.

    If the body is longer than a message, `continuation_heading` makes the heading of each further part;
    `section_continuation` makes the section's heading for a message that begins within the section. Both are called
    only when needed. `folded` puts the body in an expandable quote. `button` goes under the message in which the
    passage begins. Of the passages that begin in a message, the first `picture` is its link preview.
    """

    lead: Text = field(default_factory=Text)
    body: Text = field(default_factory=Text)
    heading: Text = field(default_factory=Text)
    continuation_heading: Callable[[], Text] = Text
    section_continuation: Callable[[], Text] = Text
    heading_gap: str = "\n\n"
    separator: str = "\n"
    gap: str = "\n\n"
    folded: bool = False
    button: Button | None = None
    picture: PicturePreview | None = None
