"""One driver per framework; the drivers do not know each other."""
