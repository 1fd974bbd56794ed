"""Resampling, segmentation, tempo, eccentric control, faults, score: arrays and dataclasses, no I/O."""
