"""Command line, settings, the all-in-one process."""
