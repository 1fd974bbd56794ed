"""Bluetooth: what is in the air, one connection to a sensor, and what can be wrong."""
