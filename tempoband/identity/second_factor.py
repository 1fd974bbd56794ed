"""The second factor of staff: time-based codes (RFC 6238) and recovery codes."""

import hmac
import secrets
from typing import Final

import pyotp

ISSUER: Final = "tempoband"
STEP_S: Final = 30
RECOVERY_CODES: Final = 10
_DRIFT_STEPS: Final = 1  # phones' clocks are off by seconds


def new_seed() -> str:
    """160 random bits in base32, as authenticators take them."""
    return pyotp.random_base32()


def address(seed: str, login: str) -> str:
    """The ``otpauth`` address that the QR code holds."""
    return pyotp.TOTP(seed, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)


def accepted_step(seed: str, code: str, *, now_us: int, last_step: int) -> int | None:
    """The time step a code belongs to, later than ``last_step``: a code is good once; None: refused."""
    step = now_us // (STEP_S * 1_000_000)
    generator = pyotp.TOTP(seed, interval=STEP_S)
    found = None
    for candidate in range(step - _DRIFT_STEPS, step + _DRIFT_STEPS + 1):
        same = hmac.compare_digest(generator.generate_otp(candidate).encode(), code.encode())
        if same and candidate > last_step:
            found = candidate
    return found


def new_recovery_codes() -> list[str]:
    """Codes for the day the phone is lost, each good once: 50 bits, as ``xxxxx-xxxxx``."""
    alphabet = "abcdefghjkmnpqrstvwxyz0123456789"
    return [
        "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]
