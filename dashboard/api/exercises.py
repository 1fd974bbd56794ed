"""The catalogue of exercises and self-tests, and their drawings."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from analytics.coaching.drawings import to_svg
from analytics.coaching.poses import DRAWINGS
from analytics.coaching.self_tests import SELF_TESTS
from dashboard.caller import Caller
from dashboard.catalogue import CATALOGUE
from dashboard.deps import May
from dashboard.errors import not_found
from dashboard.language import reader, translated
from tempoband.identity.permissions import Action

router = APIRouter(tags=["exercises"])
ReadCaller = Annotated[Caller, Depends(May(Action.READ_CATALOGUE))]


@router.get("/exercises")
def list_exercises(_: ReadCaller) -> list[dict[str, Any]]:
    """Every exercise, with what the band shows of it and what it cannot."""
    return [exercise.to_dict(reader()) for exercise in CATALOGUE.values()]


@router.get("/self-tests")
def list_self_tests(_: ReadCaller) -> list[dict[str, Any]]:
    """The self-tests one does alone and answers for oneself."""
    return [test.to_dict(reader()) for test in SELF_TESTS.values()]


@router.get("/drawing", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
def drawing(_: ReadCaller, slug: Annotated[str, Query(max_length=64)]) -> Response:
    """The drawing of an exercise or self-test; its colours come from the page around it."""
    found = DRAWINGS.get(slug)
    if found is None:
        raise not_found("drawing", slug)
    headers = {"cache-control": "private, max-age=86400"}
    told = replace(found, title=translated(found.title))
    return Response(to_svg(told), media_type="image/svg+xml", headers=headers)
