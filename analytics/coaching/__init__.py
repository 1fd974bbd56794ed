"""Catalogue, programmes, adherence, progression: pure."""
