"""Notifications to frames: counts, newtons and UTC, numbered, with what was lost."""
