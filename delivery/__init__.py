"""Plan what is due, send it, and record the outcome of every delivery."""
