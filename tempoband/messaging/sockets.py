"""A socket that reads and writes in large pieces.

paho reads one byte, then another, then the body, and sends every acknowledgement alone: five system calls
a message. Behind this buffer a burst of messages costs one read and its acknowledgements one write.
"""

import ssl
from typing import Any

_READ_BYTES = 256 * 1024
WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What only means: later."""


class BufferedSocket:
    """Wraps paho's non-blocking socket (plain, TLS or websocket)."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._read = memoryview(b"")
        self._unsent = bytearray()
        self.hold_writes = False
        self.broke: OSError | None = None  # why reading or writing failed for good

    def recv(self, size: int) -> bytes:
        """Up to ``size`` bytes; raises what the wrapped socket raises when there are none."""
        if not self._read:
            self._read = memoryview(self._receive())
        piece = bytes(self._read[:size])
        self._read = self._read[size:]
        return piece

    def _receive(self) -> bytes:
        try:
            received: bytes = self._inner.recv(_READ_BYTES)
        except WAIT:
            raise
        except OSError as error:
            self.broke = error
            raise
        return received

    def _transmit(self) -> int:
        try:
            return int(self._inner.send(self._unsent))
        except WAIT:
            raise
        except OSError as error:
            self.broke = self.broke or self._last_word() or error
            raise

    def _last_word(self) -> OSError | None:
        """What the other side said before it hung up, such as a TLS alert."""
        try:
            self._inner.recv(_READ_BYTES)
        except WAIT:
            return None
        except OSError as error:
            return error
        return None

    def send(self, data: bytes | bytearray) -> int:
        """Take all of ``data``; it leaves with the next flush, or at once while writes are not held."""
        self._unsent += data
        if not self.hold_writes:
            self.flush()
        return len(data)

    def flush(self) -> bool:
        """Send what is unsent; True when nothing is left.

        Raises:
            OSError: the connection is gone (BlockingIOError and TLS waits only mean: later).
        """
        while self._unsent:
            sent = self._transmit()
            if not sent:  # a websocket frame left in part: it wants the same call again
                return False
            del self._unsent[:sent]
        return True

    @property
    def readable(self) -> bool:
        """Whether bytes are waiting that the operating system no longer knows of."""
        pending = getattr(self._inner, "pending", None)
        return bool(self._read) or (pending is not None and pending() > 0)

    def close(self) -> None:
        """Close, after a last attempt to send what is unsent (such as DISCONNECT)."""
        try:
            self.flush()
        except OSError:
            pass  # it is being closed: the other side finds out by itself
        finally:
            self._inner.close()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return int(self._inner.fileno())

    def setblocking(self, flag: bool) -> None:
        """Pass on to the wrapped socket."""
        self._inner.setblocking(flag)

    def pending(self) -> int:
        """Bytes already here, for paho."""
        return len(self._read)
