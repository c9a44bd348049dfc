"""Build every message for people: headings, buttons, language and dates. Pure."""
