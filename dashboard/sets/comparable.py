"""Which curves may be compared: the same band, placement and ring length, and a range that did not jump."""

from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.references import Reference, Rig

JUMP = 0.25  # first peaks further apart than this are another band or placement, whatever was told
NO_RIG = Rig()


def rig_of(source: Prescription | Reference) -> Rig:
    """The rig of a prescription or a reference."""
    return Rig(source.band_brand, source.band_label, source.placement, source.ring_length_cm)


def why_apart(before: Rig, after: Rig) -> str:
    """What changed between two rigs, in words; empty when nothing did."""
    if (before.band_brand, before.band_label) != (after.band_brand, after.band_label):
        return "another band"
    if before.placement != after.placement:
        return "another placement"
    return "another ring length" if before.ring_length_cm != after.ring_length_cm else ""


def why_jumped(before_n: float | None, after_n: float | None) -> str:
    """Whether the full range moved too far to be the same rig, in words."""
    if not before_n or not after_n:
        return ""
    share = abs(after_n - before_n) / before_n
    return f"the peak of the practice reps moved by {share:.0%}" if share > JUMP else ""


def why_broken(before: Reference | None, after: Reference) -> str:
    """Why curves under two references of one exercise and side must not be compared; empty when they may."""
    if before is None:
        return ""
    return why_apart(rig_of(before), rig_of(after)) or why_jumped(before.peak_n, after.peak_n)
