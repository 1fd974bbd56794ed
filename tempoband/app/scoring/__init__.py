"""Recordings scored in the terminal, without a sensor and without a store."""
