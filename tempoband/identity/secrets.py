"""Secrets of bridges and homes: made by us, long and random, kept as a salted hash only.

The hash is written as mosquitto's password file wants it, so that one record serves both brokers:
``$7$<iterations>$<salt>$<PBKDF2-HMAC-SHA512>``. A random secret of 160 bits needs no slow hash.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_ITERATIONS = 101  # mosquitto's own
_SALT_BYTES, _HASH_BYTES, _SECRET_BYTES = 12, 64, 20


def new_secret() -> str:
    """A secret of 160 bits: lower-case letters and digits, so that it can be typed."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()


def hash_secret(secret: str) -> str:
    """What is kept of a secret."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join(("", "7", str(_ITERATIONS), _text(salt), _text(_derived(secret, salt, _ITERATIONS))))


def verify_secret(secret: str, kept: str) -> bool:
    """Whether this is the secret; False for a hash of a kind we do not know."""
    try:
        empty, kind, iterations, salt, expected = kept.split("$")
        if (empty, kind) != ("", "7"):
            return False
        derived = _derived(secret, base64.b64decode(salt), int(iterations))
        return hmac.compare_digest(derived, base64.b64decode(expected))
    except (ValueError, binascii.Error):
        return False


def _derived(secret: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations, _HASH_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
