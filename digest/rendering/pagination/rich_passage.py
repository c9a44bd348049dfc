"""The unit of the rich layout that views build and pagination divides into parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.chat.rich_message import AnchorLink, RichBlock
from domain.chat.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RichPassage:
    """The title with the introduction, an item, or the commentary, before pagination.

    `position` is the item's; 0 for the introduction, one more than the last item's for the commentary.
    `opening` (headings) stays with the beginning of the `body`, `closing` with its end. With a `summary` both are
    folded below it; where they continue in the next part, below `continuation_summary`, called only when needed.
    `section` and `entry` are its lines in the part's contents list; a line without an anchor is left out.
    """

    position: int
    opening: tuple[RichBlock, ...] = ()
    summary: Text = field(default_factory=Text)
    continuation_summary: Callable[[], Text] = Text
    body: tuple[RichBlock, ...] = ()
    closing: tuple[RichBlock, ...] = ()
    anchor: str = ""
    section: AnchorLink | None = None
    entry: AnchorLink | None = None
