"""Parse dates, times, time zones and intents as people type them. Pure."""
