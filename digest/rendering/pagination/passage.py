"""A passage: what belongs together on the screen, before anybody knows in which message it will stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.chat.message import Button
from domain.chat.text import Text


@dataclass(frozen=True, slots=True)
class Passage:
    """A header with its introduction, an item, or a commentary, before pagination.

    `heading` (of a section) and `lead` (the headline) stand above the `body` and are never apart from its first
    piece; `joint` is the break between lead and body, `gap` that before the passage when it is not a message's first.
    When the body is longer than a message, each further piece has what `again`
    makes above it instead (made only then: it is seldom needed). `amid` makes the heading of the section that the
    passage stands in, for a message that begins amid that section. `folded` puts the body in
    a quote that unfolds. `button`, if any, goes under the message in which the passage begins.
    """

    lead: Text = field(default_factory=Text)
    body: Text = field(default_factory=Text)
    heading: Text = field(default_factory=Text)
    continuation_heading: Callable[[], Text] = Text
    section_continuation: Callable[[], Text] = Text
    separator: str = "\n"
    gap: str = "\n\n"
    folded: bool = False
    button: Button | None = None
