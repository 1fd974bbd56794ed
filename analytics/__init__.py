"""Curve in, meaning out."""
