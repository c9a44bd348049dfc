"""The command `digestbot doctor`: look at all that a bot needs, change nothing, and say what to do about the rest."""
