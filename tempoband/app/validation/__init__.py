"""Scoring against what is known to be true: simulated people, and recordings with a second measurement."""
