"""Things that are good once, tried at the same moment by many: one gets them, and every try counts."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashboard.access.throttle import CredentialPath, Throttle
from dashboard.errors import DashboardError
from tempoband.identity.keys import Keyring
from tempoband.identity.lockout import ACCOUNT
from tempoband.storage.records import Records, accounts, invitations, pairing, people
from tempoband.storage.records.pairing import PairingCode
from tests.records.make import CLINIC, T0

AT_ONCE = 8


def at_once(work: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """What each of several threads got, that began together."""
    begin, got = threading.Barrier(times), []

    def one() -> None:
        begin.wait()
        got.append(work())

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return got


def in_writing(records: Records, work: Callable[[Session], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with records.write() as session:
            return work(session)

    return run


def test_every_try_at_a_code_is_used_up_by_itself(records: Records) -> None:
    with records.write() as session:
        made = invitations.add(session, CLINIC, "digest", role="wearer", by="p", now_us=T0, expires_us=T0 + 1)
    left = at_once(in_writing(records, lambda session: invitations.take_attempt(session, made)))
    assert sorted(left, reverse=True) == [4, 3, 2, 1, 0, -1, -2, -3]


def test_an_invitation_lets_one_in(records: Records) -> None:
    with records.write() as session:
        made = invitations.add(session, CLINIC, "digest", role="physio", by="p", now_us=T0, expires_us=T0 + 1)
    used = at_once(in_writing(records, lambda session: invitations.remove(session, CLINIC, made.id)))
    assert sorted(used) == [False] * (AT_ONCE - 1) + [True]


def test_a_code_of_an_authenticator_and_a_recovery_code_are_good_once(records: Records) -> None:
    with records.write() as session:
        made = accounts.add(session, CLINIC, role="physio", name="G", login="grete", now_us=T0)
        accounts.offer_seed(session, CLINIC, made.id, "sealed")
        accounts.confirm_seed(session, CLINIC, made.id, step=1, code_digests=["one"])
    steps = at_once(in_writing(records, lambda session: accounts.use_step(session, CLINIC, made.id, 2)))
    assert sorted(steps) == [False] * (AT_ONCE - 1) + [True]
    codes = at_once(
        in_writing(records, lambda session: accounts.use_recovery_code(session, CLINIC, made.id, "one"))
    )
    assert sorted(codes) == [False] * (AT_ONCE - 1) + [True]


def test_a_pairing_code_pairs_one_home(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "Ada", now_us=T0).id
        pairing.issue(session, CLINIC, PairingCode("c", "hash", person, T0, "p", T0 + 10))
    redeem = in_writing(records, lambda session: pairing.redeem(session, lambda _: True, now_us=T0))
    assert sum(found is not None for found in at_once(redeem)) == 1


@pytest.mark.parametrize("known", [False, True])
def test_guesses_at_the_same_moment_are_counted_one_by_one(records: Records, known: bool) -> None:
    throttle = Throttle(records, Keyring("3f9c2b71d05e84a6f1b7c93d2e60a85b"))
    paths = [CredentialPath("password", "grete", ACCOUNT)]
    if known:
        throttle.enter(paths, T0)

    def guess() -> bool:
        try:
            throttle.enter(paths, T0)
        except DashboardError:
            return False
        return True

    assert sum(at_once(guess)) == ACCOUNT.free - known
