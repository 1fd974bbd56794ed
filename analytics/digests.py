"""The digest of a set that was just scored: numbers and shapes that lists and trends need."""

from dataclasses import replace
from statistics import median

import numpy as np
from sqlalchemy.orm import Session

from analytics.assess import Assessed, seconds_from
from analytics.coaching import rep_shape
from analytics.coaching.rep_shape import RepBounds
from analytics.signal.result import Fault, RepScore
from tempoband.contracts.events import SetEvent, SetStatus
from tempoband.contracts.tempo import Phase
from tempoband.storage.records import set_digests, sets
from tempoband.storage.records.set_digests import SetDigest
from tempoband.storage.timeseries.base import Curve

_RANGE_FAULTS = frozenset({Fault.PARTIAL_RANGE, Fault.BAND_RELEASE})


def keep_digest(
    session: Session, clinic_id: str, set_id: str, event: SetEvent | None, scored: tuple[Assessed, Curve]
) -> None:
    """Keep the digest of a set whose record changed, or that has none yet; an open set gets none."""
    assessed, curve = scored
    if assessed.status is SetStatus.OPEN:
        return
    revision = event.revision if event is not None else _revision_without(session, clinic_id, set_id)
    if revision is not None:
        found = digest(assessed, curve)
        set_digests.keep(session, clinic_id, replace(found, set_id=set_id, revision=revision))


def _revision_without(session: Session, clinic_id: str, set_id: str) -> int | None:
    """The revision of a kept set whose digest is missing, as when an older program scored it."""
    if set_digests.several(session, clinic_id, [set_id]):
        return None
    known = sets.find(session, clinic_id, set_id)
    return None if known is None else known.set.revision


def digest(assessed: Assessed, curve: Curve) -> SetDigest:
    """The digest, still without a name."""
    reps = assessed.score.reps
    whole = [rep.excursion_n for rep in reps if not _RANGE_FAULTS & set(rep.faults)]
    back_s = [rep.phases[Phase.ECCENTRIC].seconds for rep in reps if Phase.ECCENTRIC in rep.phases]
    time_s = seconds_from(curve.time_us, assessed.started_us)
    return SetDigest(
        set_id="",
        revision=0,
        snap_backs=sum(Fault.SNAP_BACK in rep.faults for rep in reps),
        releases=sum(Fault.BAND_RELEASE in rep.faults for rep in reps),
        range_n=round(median(whole), 3) if whole else None,
        back_s=round(median(back_s), 3) if back_s else None,
        load_n_s=round(_load_n_s(assessed, curve), 1),
        shapes=rep_shape.pack(time_s, curve.tension_n, [_bounds(rep) for rep in reps]),
    )


def _load_n_s(assessed: Assessed, curve: Curve) -> float:
    """Tension over the time of the set; stretches without samples count as lines between their ends."""
    inside = (curve.time_us >= assessed.started_us) & (curve.time_us <= assessed.ended_us)
    time_s = seconds_from(curve.time_us[inside], assessed.started_us)
    return max(0.0, float(np.trapezoid(curve.tension_n[inside], time_s)))


def _bounds(rep: RepScore) -> RepBounds:
    return RepBounds(rep.concentric_start_s, rep.concentric_end_s, rep.eccentric_start_s, rep.eccentric_end_s)
