"""Telegram's limits, as its server enforces them (Bot API 10.0; read in the official server's source)."""

MESSAGE_UNITS = 4096
"""Longest message text, in UTF-16 units. The server counts code points; units are never fewer, so both are kept."""

MESSAGE_BYTES = 32_768
"""Longest text before parsing, in UTF-8 bytes, the links' addresses included."""

MESSAGE_ENTITIES = 100
"""Most entities a message keeps; the server drops the rest without a word, bold and italic first."""

CAPTION_UNITS = 1024
BUTTON_DATA_BYTES = 64
KEYBOARD_BUTTONS = 100
KEYBOARD_ROW = 8
TOAST_CHARACTERS = 200
COMMANDS = 100
COMMAND_DESCRIPTION = 256
START_PAYLOAD = 64
