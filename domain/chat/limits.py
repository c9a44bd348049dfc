"""Telegram's limits, as its server enforces them (read in the official server's source).

docs/drivers.md states the version of the Bot API that the project is made for.
"""

from datetime import timedelta

MESSAGE_UTF16_UNITS = 4096
"""Longest message text, in UTF-16 units. The server counts code points; units are never fewer, so both are kept."""

MESSAGE_BYTES = 32_768
"""Longest text before parsing, in UTF-8 bytes, the links' addresses included."""

MESSAGE_ENTITIES = 100
"""Most entities a message keeps; the server drops the rest without a word, bold and italic first."""

CAPTION_UTF16_UNITS = 1024
CALLBACK_DATA_BYTES = 64
KEYBOARD_BUTTONS = 100
KEYBOARD_ROW_BUTTONS = 8
CALLBACK_ANSWER_CHARACTERS = 200
INLINE_RESULTS = 50
INLINE_OFFSET_BYTES = 64
INLINE_QUERY_CHARACTERS = 256
COMMANDS = 100
COMMAND_DESCRIPTION_CHARACTERS = 256
DESCRIPTION_CHARACTERS = 512
SHORT_DESCRIPTION_CHARACTERS = 120
START_PAYLOAD_CHARACTERS = 64

ALBUM_PHOTOS = 10

DELETABLE_FOR = timedelta(hours=48)
"""How long after it was sent a bot can delete a message."""

EDITABLE_FOR = timedelta(hours=48)
"""How long after they sent it people can edit a message."""

RICH_PART_UTF16_UNITS = 8000
"""Longest rich message that the bot makes: some apps cut a longer one off at about 10,000 characters, unsaid."""

RICH_MESSAGE_UTF16_UNITS = 32_768
"""Longest rich message that the server takes; addresses are counted too, in case it does."""

RICH_BLOCKS = 500
RICH_DEPTH = 16
RICH_MEDIA = 50
RICH_TABLE_COLUMNS = 20
