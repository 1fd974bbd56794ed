"""A prescription as the API shows it."""

from collections.abc import Sequence

from analytics.coaching.programmes import Mode, conflicts_of
from dashboard.catalogue import exercise_name, kind_of
from dashboard.prescribing.compliance import dose_of
from dashboard.prescribing.courses import RIG
from dashboard.prescribing.models import PrescriptionOut, ReferenceOfBand
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.references import Reference
from tempoband.storage.records.rows import values

_SAME_FIELDS = set(PrescriptionOut.model_fields) - {
    "exercise_name",
    "kind",
    "started_us",
    "ended_us",
    "tempo_order",
    "conflicts",
    "references",
}


def prescription_view(
    prescription: Prescription, measured: Sequence[Reference] | None = None
) -> PrescriptionOut:
    """One version of a prescription; ``measured`` are the person's references, newest first."""
    same = {name: value for name, value in values(prescription).items() if name in _SAME_FIELDS}
    return PrescriptionOut(
        **same,
        exercise_name=exercise_name(prescription.exercise),
        kind=kind_of(prescription.exercise),
        started_us=prescription.valid_from_us,
        ended_us=prescription.valid_to_us,
        conflicts=_conflicts(prescription),
        references=[] if measured is None else _references(prescription, measured),
    )


def _conflicts(prescription: Prescription) -> list[str]:
    """Where the prescription leaves what its mode is about."""
    kind = kind_of(prescription.exercise)
    found = conflicts_of(Mode(prescription.mode), prescription.sets, dose_of(prescription), kind)
    return [str(each) for each in found]


def _references(prescription: Prescription, measured: Sequence[Reference]) -> list[ReferenceOfBand]:
    """The newest reference of each side on exactly this band, placement and ring length."""
    same = [
        each
        for each in measured
        if each.exercise == prescription.exercise
        and all(getattr(each, name) == getattr(prescription, name) for name in RIG)
    ]
    newest = {each.side: each for each in reversed(same)}
    return [
        ReferenceOfBand(
            side=each.side,
            excursion_n=each.excursion_n,
            peak_n=each.peak_n,
            measured_us=each.measured_us,
        )
        for each in newest.values()
    ]
