"""Benchmarks of the bot: `python -m benchmarks` lists them."""
