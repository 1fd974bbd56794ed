"""Figures with their baselines: ``make bench`` runs every module here and writes build/bench.json."""
