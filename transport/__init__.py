"""Everything that talks to a chat network: drivers, updates, the Bot API client and the rate limiter."""
