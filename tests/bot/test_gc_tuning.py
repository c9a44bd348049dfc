"""Garbage collection is off during the start and on afterwards."""

from __future__ import annotations

import gc

from bot import gc_tuning


def test_collection_is_off_until_frozen() -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)  # as a process begins: a bot that ran here before has settled already
        gc_tuning.disable_during_startup()
        assert not gc.isenabled()
        gc_tuning.freeze_and_enable()
        assert gc.isenabled()
        assert gc.get_freeze_count() > len(gc.get_objects())
        assert gc.get_threshold()[0] > 700
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()
