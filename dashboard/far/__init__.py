"""Watching live across the internet: the clinic's side, and the home's."""
