"""Leave out what needs PostgreSQL's driver where it is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("asyncpg") else ["test_fleet.py", "test_webhook_fleet.py", "test_webhook_receivers.py"]
