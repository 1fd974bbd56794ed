"""Sensors and what they hang on: what bridges and homes report, whose they are, what they can be asked."""
