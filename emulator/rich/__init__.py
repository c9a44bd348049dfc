"""Rich messages (Bot API 10.1–10.3): read their blocks as strictly as Telegram does and return what a chat shows.

`rich_message` parameter -> message.read -> blocks, text, buttons, fields -> (the caller looks up the chat) -> content
"""
