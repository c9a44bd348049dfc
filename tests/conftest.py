"""Settings for all tests."""

from __future__ import annotations

import os

import hypothesis

# Programs that the tests run must not go through the proxy of whoever runs the tests.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)

# Tests share the cores with one another and with other work: how long an example takes says nothing.
# A failed example is printed as a `@reproduce_failure` line, so a red run elsewhere can be repeated here.
hypothesis.settings.register_profile("exploring", deadline=None, print_blob=True)
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("exploring")
