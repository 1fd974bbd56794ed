"""What rows share."""

from tempoband.contracts.tempo import Tempo, TempoKind

STANDARD_TEMPO = Tempo(2.0, 0.0, 2.0, 0.0)  # article A's standard, used where a row names none
PAUSE_AT_TOP = Tempo(2.0, None, 2.0, None)  # "pause at the top" names no seconds: not scored
CONSTANT = Tempo(kind=TempoKind.CONSTANT)
CONTROLLED = Tempo(kind=TempoKind.CONTROLLED)

PHASES = "time of each phase: out, hold, back"
PEAK = "tension at the top, and how it changes over the set"
SNAP = "a return that snaps back"
SIDES = "range difference between the sides, with the same band and placement"
WHICH = "which exercise it is, the joint angle, or which leg works"

NO_BAND = ("nothing: there is no band in this exercise",)
ABOVE_KNEES = "just above the knees"
ANKLES = "around the ankles"
