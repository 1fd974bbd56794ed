"""Turning an invitation into an account and a session."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from dashboard.access import joining
from dashboard.access.models import InvitationOut, InviteKeyIn, StaffJoinIn, WearerJoinIn
from dashboard.deps import AnyoneDep

router = APIRouter(prefix="/join", tags=["account"])


@router.post("/look")
def look(told: InviteKeyIn, access: AnyoneDep, request: Request) -> InvitationOut:
    """What an invitation is for; 401 when it is not good any more."""
    return joining.look(access, request, told.key)


@router.post("/wearer", status_code=HTTPStatus.NO_CONTENT)
def join_as_wearer(told: WearerJoinIn, access: AnyoneDep, request: Request, response: Response) -> None:
    """Log a wearer's device in, with the six digits."""
    joining.join_as_wearer(access, request, response, told.key, told.code)


@router.post("/staff", status_code=HTTPStatus.NO_CONTENT)
def join_as_staff(told: StaffJoinIn, access: AnyoneDep, request: Request, response: Response) -> None:
    """Make a staff account, or give one another password."""
    joining.join_as_staff(access, request, response, told)
