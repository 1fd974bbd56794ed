"""What a socket says when it fails, as a person would say it."""

import os
import ssl


def socket_words(error: BaseException) -> str:
    """The reason without Python's and OpenSSL's own clutter."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is not good: {error.verify_message.rstrip('.')}"
        case ssl.SSLError() if error.reason:
            return error.reason.lower().replace("_", " ")
        case OSError() if error.errno and error.errno > 0 and not isinstance(error, ssl.SSLError):
            return os.strerror(error.errno).lower()
    return str(error) or type(error).__name__
