"""``/api/me``: who is asking, what they may do, and what they do with their own account."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from dashboard.access import my_account
from dashboard.access.me import describe, renew_device_key
from dashboard.access.models import (
    CodeIn,
    MeOut,
    NewSecondFactorIn,
    NewTokenOut,
    PasswordIn,
    RecoveryOut,
    SecondFactorOut,
    SessionOut,
    TokenIn,
    TokenOut,
)
from dashboard.auditing import note
from dashboard.caller import Caller
from dashboard.deps import AccessDep, KnownDep, May, ServicesDep
from dashboard.errors import not_found
from tempoband.identity.permissions import Action
from tempoband.storage.records import logins, tokens

router = APIRouter(prefix="/me", tags=["account"])
ReadCaller = Annotated[Caller, Depends(May(Action.READ_ACCOUNT))]
LogInCaller = Annotated[Caller, Depends(May(Action.LOG_IN))]
ChangeCaller = Annotated[Caller, Depends(May(Action.CHANGE_ACCOUNT))]


@router.get("")
def me(caller: ReadCaller, services: ServicesDep, request: Request, response: Response) -> MeOut:
    """Who is asking; 401 for nobody we know."""
    response.headers["cache-control"] = "no-store"
    renew_device_key(services.access, request, response)
    return describe(services.records, services.access, caller.principal)


@router.post("/second-factor")
def offer_second_factor(
    told: NewSecondFactorIn, _: LogInCaller, known: KnownDep, access: AccessDep, request: Request
) -> SecondFactorOut:
    """A seed for an authenticator; with ``code`` of the present one, if there is one."""
    return my_account.offer_second_factor(access, request, known, told.code)


@router.put("/second-factor")
def confirm_second_factor(
    told: CodeIn, _: LogInCaller, known: KnownDep, access: AccessDep, request: Request, response: Response
) -> RecoveryOut:
    """The first code of the new authenticator: it counts from now. Answers recovery codes, this once."""
    return my_account.confirm_second_factor(access, request, response, known, told.code)


@router.put("/password", status_code=HTTPStatus.NO_CONTENT)
def change_password(
    told: PasswordIn,
    _: ChangeCaller,
    known: KnownDep,
    access: AccessDep,
    request: Request,
    response: Response,
) -> None:
    """Another password; other browsers are logged off."""
    my_account.change_password(access, request, response, known, old=told.old, new=told.new)


@router.get("/sessions")
def list_sessions(_: ReadCaller, known: KnownDep, access: AccessDep) -> list[SessionOut]:
    """Where I am logged in."""
    account, current = known.account, known.credential_id
    with access.records.read() as session:
        found = logins.of_account(session, account.clinic_id, account.id, now_us=access.now_us())
    return [
        SessionOut(
            id=each.id,
            agent=each.agent,
            created_us=each.created_us,
            seen_us=each.seen_us,
            expires_us=min(each.expires_us, each.seen_us + each.idle_us),
            current=each.id == current,
        )
        for each in found
    ]


@router.delete("/sessions/{session_id}", status_code=HTTPStatus.NO_CONTENT)
def end_session(session_id: str, caller: ChangeCaller, known: KnownDep, access: AccessDep) -> None:
    """Log one of my browsers off; its open pages stop at once."""
    account = known.account
    with access.records.write() as session:
        if not logins.end(session, account.clinic_id, account.id, session_id):
            raise not_found("session", session_id)
        note(session, caller, "session", session_id, detail={"what": "ended"})
    access.watch.poke()


@router.get("/tokens")
def list_tokens(_: ReadCaller, known: KnownDep, access: AccessDep) -> list[TokenOut]:
    """My programs' tokens, expired ones too."""
    account = known.account
    with access.records.read() as session:
        found = tokens.of_account(session, account.clinic_id, account.id)
    return [
        TokenOut(
            id=each.id,
            name=each.name,
            actions=sorted(each.actions),
            created_us=each.created_us,
            used_us=each.used_us,
            expires_us=each.expires_us,
        )
        for each in found
    ]


@router.post("/tokens", status_code=HTTPStatus.CREATED)
def make_token(told: TokenIn, _: ChangeCaller, known: KnownDep, access: AccessDep) -> NewTokenOut:
    """A token for a program; its key is shown this once."""
    return my_account.make_token(access, known, told)


@router.delete("/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
def revoke_token(token_id: str, caller: ChangeCaller, known: KnownDep, access: AccessDep) -> None:
    """End a token at once."""
    account = known.account
    with access.records.write() as session:
        if not tokens.revoke(session, account.clinic_id, account.id, token_id):
            raise not_found("token", token_id)
        note(session, caller, "token", token_id, detail={"what": "revoked"})
    access.watch.poke()
