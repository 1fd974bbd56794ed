"""Processes: the parts of one machine started, watched and stopped together, or each on its own."""
