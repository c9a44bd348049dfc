"""The vocabulary of a chat: what is heard (Event), what is answered (Action), and the text both carry. Pure."""
