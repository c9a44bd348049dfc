"""The python-telegram-bot driver; nothing outside this package imports telegram."""

from transport.drivers.ptb.driver import PtbDriver

__all__ = ["PtbDriver"]
