"""Reasons that are stored with deliveries and runs, each as an enum member; views put them into words."""

from __future__ import annotations

from enum import StrEnum


class DeliveryReason(StrEnum):
    """Reason why a delivery is in its state; a delivery that took the usual way has none."""

    # Pending again: the part was certainly not delivered.
    NOT_SENT = "not_sent"
    """No connection came about, so no byte left."""
    RATE_LIMITED = "rate_limited"
    """Telegram answered 429 to this part."""
    HELD_BACK = "held_back"
    """A 429 for another part came between the claim and the send."""
    CHAT_MIGRATED = "chat_migrated"
    """The group became a supergroup; its new row may take over (then the old one's parts are skipped).

    Of what has settled: the message stays in the old chat, where it can be changed no more.
    """
    API_UNAVAILABLE = "api_unavailable"
    """The token is refused, or the address is no Bot API."""
    FILE_REFUSED = "file_refused"
    """Telegram did not know the file id of a photo, which is uploaded again."""
    PAYMENT_REFUSED = "payment_refused"
    """Telegram did not let the bot pay for this part, which goes again for free."""
    # The rich layout was refused; another one goes out instead. The same values as in `RichRefusal`.
    RICH_NOT_IN_CHAT = "rich_not_in_chat"
    RICH_NOT_ON_SERVER = "rich_not_on_server"
    PICTURE_REFUSED = "picture_refused"
    RICH_CONTENT_REFUSED = "rich_content_refused"
    RESEND_REQUESTED = "resend_requested"
    """An admin let unconfirmed parts go out again."""

    RETRY_REQUESTED = "retry_requested"
    """An admin let go once more what Telegram had refused."""

    SEND_REQUESTED = "send_requested"
    """An editor sent the edition at once, after it had come too late or its recipient had left for a while."""

    # Unconfirmed: the part may have arrived. Pending again under the policy `resend`.
    NO_RESPONSE = "no_response"
    """The request left and no usable answer came."""
    INTERRUPTED = "interrupted"
    """The process ended between the claim and the answer."""

    # Failed: Telegram refused the part.
    REJECTED = "rejected"
    """Telegram never takes this content."""
    NOT_ALLOWED = "not_allowed"
    """The chat does not let the bot send this."""
    TOPIC_CLOSED = "topic_closed"
    """The forum topic is closed or gone; pending again where the general topic takes the part instead."""
    DELETION_REFUSED = "deletion_refused"
    """Telegram did not delete the message, which is edited instead."""
    MESSAGE_GONE = "message_gone"
    """The message that a correction was to edit is not there any more."""
    INCOMPLETE = "incomplete"
    """Telegram made fewer messages of an album than it was to."""
    # The chat is unavailable: the same values as in `LeftReason`, which the subscriber gets.
    BLOCKED = "blocked"
    ACCOUNT_DELETED = "account_deleted"
    NEVER_STARTED = "never_started"
    KICKED = "kicked"
    NOT_A_MEMBER = "not_a_member"
    CHAT_DELETED = "chat_deleted"
    CHAT_NOT_FOUND = "chat_not_found"
    FORBIDDEN = "forbidden"

    # Skipped: the part was planned and then not sent.
    UNSUBSCRIBED = "unsubscribed"
    """The recipient is no longer subscribed."""
    CANCELLED = "cancelled"
    """An admin cancelled the run."""
    MISSED = "missed"
    """The calendar allows no later delivery of this edition."""
    RESTORED = "restored"
    """The database was restored from a backup, so the part may have been sent before."""
    OTHER_LAYOUT = "other_layout"
    """The layout in place of the refused one has no such part; no figure counts it."""
    CORRECTED = "corrected"
    """The corrected edition has no such part; nobody misses it, so no figure counts it."""

    # Sent with another part.
    OF_ALBUM = "of_album"
    """A message of an album other than its first, which counts for all; no figure counts it."""

    # Sent, learned otherwise than from Telegram's answer.
    BUTTON_PRESSED = "button_pressed"
    """The recipient pressed a button of the message."""


RETRYABLE_REASONS = (DeliveryReason.REJECTED, DeliveryReason.NOT_ALLOWED, DeliveryReason.TOPIC_CLOSED)
"""Refusals after which nothing arrived and the chat is still there: to try again can send nothing twice."""


class RunStateReason(StrEnum):
    """Reason why a run is paused or cancelled."""

    NONE = ""
    """The run goes, or went, its usual way."""
    ADMIN = "admin"
    """An admin paused or cancelled the run."""
    REJECTIONS = "rejections"
    """The refusal monitor paused the run; the detail is Telegram's description."""
    DISCARDED = "discarded"
    """The author threw the draft away."""
    REWORDED = "reworded"
    """The author edited the message that it was made from, and another draft has taken its place."""
    RESTORED = "restored"
    """The database was restored from a backup while the run was under way."""
    SUPERSEDED = "superseded"
    """A newer version is to take the place of the one that a correction brings."""
    WITHDRAWN = "withdrawn"
    """An editor withdrew the edition."""
