"""Pairs homes: issues six-digit codes, judges them few times, hands out a credential once."""

import secrets
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session

from dashboard.errors import DashboardError, DashboardReason
from tempoband import __version__
from tempoband.contracts.homes import PairingAsk, PairingGrant, agree
from tempoband.contracts.topic_rules import Holder
from tempoband.identity.keys import digest, new_code
from tempoband.identity.lockout import MINUTE_US, Limit
from tempoband.identity.secrets import hash_secret, new_secret, verify_secret
from tempoband.storage.records import Records, attempts, audit, bridges, clinics, pairing
from tempoband.storage.records.attempts import Attempts
from tempoband.storage.records.audit import Act
from tempoband.storage.records.bridges import Bridge
from tempoband.storage.records.pairing import VALID_US, PairingCode
from tempoband.storage.records.rows import new_id
from tempoband.words.phrases import phrased

# A code does not tell whose it is, so wrong ones count for everybody: ten are free, then a pause doubles up
# to an hour. With ten codes out at any time, guessing around the clock finds one in about ten years.
GUESSES: Final = Limit(free=10, first_us=MINUTE_US, longest_us=60 * MINUTE_US)
ONE_ADDRESS: Final = Limit(free=5, first_us=MINUTE_US, longest_us=60 * MINUTE_US)
_MOST_NAME = 200


def issue(session: Session, clinic_id: str, person_id: str, *, by: str, now_us: int) -> tuple[str, int]:
    """A new code for a person's home, and until when it is good.

    Raises:
        RecordsError: an unknown person.
    """
    code = new_code()
    kept = PairingCode(new_id(), hash_secret(code), person_id, now_us, by, now_us + VALID_US)
    pairing.issue(session, clinic_id, kept)
    return code, kept.expires_us


def redeem(records: Records, ask: PairingAsk, address: str, *, now_us: int, mqtt_url: str) -> PairingGrant:
    """Turn a code into a home's credential.

    Raises:
        DashboardError: 429 after too many wrong ones; 403 for a wrong, used or old one; 409 for a home whose
            version cannot be spoken to (the code stays good).
    """
    paths = ((digest("pairing"), GUESSES), (digest(f"pairing {address}"), ONE_ADDRESS))
    with records.write() as session:
        _enter(session, paths, now_us)
    _, reason, words = agree(ask, __version__)
    if reason is not None:
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
    with records.write() as session:
        found = pairing.redeem(session, lambda kept: verify_secret(ask.code, kept), now_us=now_us)
        if found is not None:
            for path, _ in paths:
                attempts.clear(session, path)
            return _grant(session, *found, ask, now_us=now_us, mqtt_url=mqtt_url)
    raise DashboardError(
        HTTPStatus.FORBIDDEN,
        DashboardReason.FORBIDDEN,
        "this code is wrong, was used, or is older than half an hour: ask your physio for a new one",
    )


def _grant(
    session: Session, clinic_id: str, code: PairingCode, ask: PairingAsk, *, now_us: int, mqtt_url: str
) -> PairingGrant:
    secret = new_secret()
    home = Bridge(
        id=f"home-{secrets.token_hex(6)}",
        holder=Holder.HOME,
        name=ask.name[:_MOST_NAME],
        secret_hash=hash_secret(secret),
        created_us=now_us,
        created_by=code.created_by,
        version=ask.version[:64],
    )
    bridges.enrol(session, clinic_id, home)
    bridges.move_in(session, clinic_id, home.id, code.person_id)
    act = Act(new_id(), now_us, code.created_by, "code", "homes.pair", "home", home.id, code.person_id)
    audit.note(session, clinic_id, act)
    clinic = clinics.get(session, clinic_id)
    return PairingGrant(home=home.id, secret=secret, clinic_name=clinic.name, mqtt_url=mqtt_url)


def _enter(session: Session, paths: tuple[tuple[str, Limit], ...], now_us: int) -> None:
    """Count the attempt before it is judged, so that guessing in parallel gains nothing."""
    attempts.alone(session)
    found = [(_known(session, path, limit, now_us), limit) for path, limit in paths]
    shut_us = max(known.shut_until_us for known, _ in found) - now_us
    if shut_us > 0:
        wait_s = -(-shut_us // 1_000_000)
        raise DashboardError(
            HTTPStatus.TOO_MANY_REQUESTS,
            DashboardReason.TOO_MANY_ATTEMPTS,
            phrased("too many wrong codes; try again in {wait_s} s", wait_s=wait_s),
            headers={"retry-after": str(wait_s)},
        )
    for known, limit in found:
        failures = known.failures + 1
        until_us = now_us + limit.pause_us(failures)
        attempts.keep(session, replace(known, failures=failures, last_us=now_us, shut_until_us=until_us))


def _known(session: Session, path: str, limit: Limit, now_us: int) -> Attempts:
    known = attempts.find(session, path)
    return Attempts(path) if now_us - known.last_us > 4 * limit.longest_us else known
