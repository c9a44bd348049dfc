"""What reading a rich message finds: its size, its anchors, and the first refusal that waits for the chat's lookup."""

from dataclasses import dataclass, field

from emulator.errors import BadRequest

MAX_CHARACTERS = 32_768
MAX_BLOCKS = 500
MAX_DEPTH = 16
MAX_MEDIA = 50
MAX_TABLE_COLUMNS = 20
UNREADABLE_LEVEL = 100
"""Level at which reading stops; Telegram's limit is checked after the whole message was read."""


@dataclass(slots=True)
class Findings:
    """Size and names of one rich message. `depends_on_state`: its content depends on stored files or users."""

    characters: int = 0
    blocks: int = 0
    media: int = 0
    depth: int = 0
    has_text: bool = False
    depends_on_state: bool = False
    refusal: str | None = None
    anchors: set[str] = field(default_factory=set)
    anchor_links: list[str] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    reference_links: list[str] = field(default_factory=list)
    web_photos: dict[str, None] = field(default_factory=dict)  # URLs, in order

    def refuse(self, reason: str) -> None:
        """Remember a refusal; the first one is raised once the chat is known."""
        self.refusal = self.refusal or reason

    def descend(self, depth: int, level: int) -> None:
        """Note the depth of a block or formatting; `level` counts arrays too. Raises BadRequest if it is unreadable."""
        self.depth = max(self.depth, depth)
        if level > UNREADABLE_LEVEL:
            raise BadRequest("RICH_MESSAGE_DEPTH_INVALID")

    def check_limits(self) -> None:
        """Refuse a message that is empty, too large, or links to an anchor or reference it does not have."""
        limits = (
            (not (self.has_text or self.media), "RICH_MESSAGE_EMPTY"),
            (self.characters > MAX_CHARACTERS, "RICH_MESSAGE_TEXT_TOO_LONG"),
            (self.blocks > MAX_BLOCKS, "RICH_MESSAGE_BLOCKS_TOO_MANY"),
            (self.depth > MAX_DEPTH, "RICH_MESSAGE_DEPTH_INVALID"),
            (self.media > MAX_MEDIA, "RICH_MESSAGE_MEDIA_TOO_MANY"),
            (not self.anchors.issuperset(self.anchor_links), "RICH_MESSAGE_ANCHOR_INVALID"),
            (not self.references.issuperset(self.reference_links), "RICH_MESSAGE_REFERENCE_INVALID"),
        )
        for is_broken, reason in limits:
            if is_broken:
                self.refuse(reason)
