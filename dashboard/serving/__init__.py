"""Around every route: the guard before it, the span asked for, what is kept as a file, the built page."""
