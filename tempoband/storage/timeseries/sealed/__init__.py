"""Sealed blocks: a run of frames of one stream, compressed without loss. The format is in docs/scaling.md."""
