"""What Telegram shows of the bot before anybody starts it: the description, and the short one on its profile."""

from __future__ import annotations

from digest.model import Digest
from domain.chat import limits
from domain.chat.i18n import Translator
from views.digest_name import digest_line


def description(newest: Digest | None, translate: Translator) -> str:
    """Return the text of an empty chat: what comes, and how."""
    promise = translate(
        "Every morning at the time you choose, on one screen: linked headlines, the whole text one tap away. "
        "Pause or leave whenever you like."
    )
    return f"☀️ {_name(newest, translate)}\n\n{promise}"[: limits.DESCRIPTION_CHARACTERS]


def short_description(newest: Digest | None, translate: Translator) -> str:
    """Return the line that goes with the bot's profile and its link."""
    line = translate("{name}: every morning, at the time you choose.").format(name=_name(newest, translate))
    return line[: limits.SHORT_DESCRIPTION_CHARACTERS]


def _name(newest: Digest | None, translate: Translator) -> str:
    return digest_line(newest, translate) or translate("A digest of the news")
