"""``GET /api/exercises``: the catalogue."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from dashboard.catalogue import CATALOGUE
from dashboard.deps import Caller, May
from tempoband.identity.permissions import Action

router = APIRouter(tags=["exercises"])


@router.get("/exercises")
def list_exercises(_: Annotated[Caller, Depends(May(Action.READ_CATALOGUE))]) -> list[dict[str, Any]]:
    """Every exercise, with what the band shows of it and what it cannot."""
    return [exercise.to_dict() for exercise in CATALOGUE.values()]
