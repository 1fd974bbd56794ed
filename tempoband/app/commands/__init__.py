"""The commands beside running, demo and scoring: one module a thing to look after."""
