"""Random keys: made once, shown once, kept only as a digest."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tempoband.identity.errors import IdentityError, IdentityReason

SHORTEST_SECRET: Final = 32
TOKEN_PREFIX: Final = "tb_"  # noqa: S105 - lets scanners of leaked secrets find ours
# Crockford's alphabet: no letter that can be read as another.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD: Final = str.maketrans("OIL", "011")
_FEWEST_DIFFERENT: Final = 8


def new_key() -> str:
    """256 random bits, for cookies and links."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """A program's token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_short_key() -> str:
    """50 random bits that can be typed by hand: good for minutes, behind a limit of attempts."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_code() -> str:
    """Six decimal digits: good for minutes and few attempts."""
    return f"{secrets.randbelow(1_000_000):06d}"


def tidy(typed: str) -> str:
    """What somebody typed as a short key, without its spaces and misread letters."""
    return typed.upper().replace("-", "").replace(" ", "").translate(_MISREAD)


def digest(key: str) -> str:
    """What is kept of a key of at least 128 bits: nothing can be guessed back from it."""
    return hashlib.sha256(key.encode()).hexdigest()


class Keyring:
    """What the server's own secret protects: short codes (keyed digests), authenticator seeds (encrypted).

    Raises:
        IdentityError: WEAK_SECRET, for one that is short or a placeholder.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < _FEWEST_DIFFERENT:
            raise IdentityError(
                IdentityReason.WEAK_SECRET,
                f"the server's secret needs at least {SHORTEST_SECRET} random characters:"
                " make one with 'openssl rand -hex 32'",
            )
        self._digesting = _derived(secret, b"tempoband digests")
        self._sealing = Fernet(base64.urlsafe_b64encode(_derived(secret, b"tempoband seals")))

    def digest(self, text: str, purpose: str) -> str:
        """A digest that cannot be tried out without the server's secret."""
        return hmac.digest(self._digesting, f"{purpose}\0{text}".encode(), "sha256").hex()

    def same(self, text: str, purpose: str, kept: str) -> bool:
        """Whether this is what the digest was made of, in constant time."""
        return hmac.compare_digest(self.digest(text, purpose), kept)

    def seal(self, text: str) -> str:
        """Encrypt."""
        return self._sealing.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """Decrypt; None when it was sealed under another secret."""
        try:
            return self._sealing.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, purpose).derive(secret.encode())
