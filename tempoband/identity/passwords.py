"""Passwords of staff: Argon2id (RFC 9106, second recommended set: 64 MiB, 3 passes)."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tempoband.identity.errors import IdentityError, IdentityReason
from tempoband.words.phrases import Phrase, phrased

SHORTEST: Final = 12
LONGEST: Final = 200
_FEWEST_DIFFERENT: Final = 5
_COMMON: Final = ("password", "passwort", "123456", "qwert", "letmein", "tempoband", "iloveyou", "changeme")
_HASHER: Final = PasswordHasher()
# For accounts that do not exist: the same work, so that the time of the answer tells nothing.
_NOBODY: Final = _HASHER.hash("nobody has this password, it only takes time")
# Each check takes 64 MiB: a flood of log-ins must wait, not fill the memory.
_AT_ONCE: Final = threading.BoundedSemaphore(2)


def hashed(password: str) -> str:
    """The Argon2id hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; None (no such account) costs as much and is False."""
    with _AT_ONCE:
        try:
            _HASHER.verify(_NOBODY if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def check_strength(password: str, *, known: tuple[str, ...] = ()) -> None:
    """See that a new password is worth keeping (NIST SP 800-63B: long, not common, not about its owner).

    Args:
        password: what was chosen.
        known: words that everybody knows, such as the owner's name.

    Raises:
        IdentityError: WEAK_PASSWORD, with what to do.
    """
    lowered = password.casefold()
    rest = lowered
    for word in (*_COMMON, *(each.casefold() for each in known if len(each) > 2)):
        rest = rest.replace(word, "")
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(
            phrased(
                "a password has {least} to {most} characters; three or four words do well",
                least=SHORTEST,
                most=LONGEST,
            )
        )
    if len(rest) < SHORTEST - 4 or len(set(lowered)) < _FEWEST_DIFFERENT:
        raise _weak("this password is easy to guess: it is mostly a common word, your name or one character")


def _weak(words: Phrase | str) -> IdentityError:
    return IdentityError(IdentityReason.WEAK_PASSWORD, words)
