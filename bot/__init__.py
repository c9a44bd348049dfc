"""The edge: command line, settings, wiring, clock, scheduler, polling, and the Telegram framework's driver."""
