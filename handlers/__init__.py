"""The conversation: an Event in, the Actions that answer it out. Knows no Telegram framework, and no delivery."""
