"""Pagination: divide passages into as few messages as possible, within the limits of Telegram.

`passages -> text_cutter (long bodies) -> balance (which message) -> entities (entity limits) -> messages`
"""
