"""A strict Bot API server on loopback with a web page, for tests and demos; knows nothing of the bot."""
