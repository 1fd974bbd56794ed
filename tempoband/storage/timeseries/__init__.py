"""Stores of samples behind one contract (base.py)."""
