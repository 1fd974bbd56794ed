"""The compiled core: one scalar implementation that stored and live scoring share.

Everything here works on a uniform grid of ``GRID_HZ`` and on plain arrays, so that it compiles; the
modules around it turn its numbers into records.
"""
