"""Settings for all tests."""

from __future__ import annotations

import hypothesis

# Tests share the cores with one another and with other work: how long an example takes says nothing.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")
