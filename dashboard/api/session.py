"""Logging in and out, step by step."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from dashboard.access import logging_in
from dashboard.access.models import CodeIn, LoginIn
from dashboard.caller import Caller
from dashboard.deps import AccessDep, AnyoneDep, KnownDep, May
from tempoband.identity.permissions import Action

router = APIRouter(prefix="/session", tags=["account"])
LogInCaller = Annotated[Caller, Depends(May(Action.LOG_IN))]


@router.post("", status_code=HTTPStatus.NO_CONTENT)
def log_in(told: LoginIn, access: AnyoneDep, request: Request, response: Response) -> None:
    """Log in with name and password; ``GET /api/me`` then tells what comes next."""
    logging_in.log_in(access, request, response, told.login, told.password)


@router.post("/second-factor", status_code=HTTPStatus.NO_CONTENT)
def pass_second_factor(
    told: CodeIn, _: LogInCaller, known: KnownDep, access: AccessDep, request: Request, response: Response
) -> None:
    """Enter the code of the authenticator, or a recovery code."""
    logging_in.pass_second_factor(access, request, response, known, told.code)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def log_out(_: LogInCaller, access: AccessDep, request: Request, response: Response) -> None:
    """Log this browser out."""
    logging_in.log_out(access, request, response)
