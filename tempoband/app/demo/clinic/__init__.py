"""A simulated clinic: made-up people over eight weeks, through the real store, scoring and records."""
