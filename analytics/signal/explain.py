"""One sentence: what cost most, and what to do next rep."""

from analytics.signal.result import SetScore


def explain(score: SetScore) -> str:
    """The sentence of a scored set."""
    return score.sentence
