from hypothesis import given
from hypothesis import strategies as st

from tempoband.messaging.sockets import BufferedSocket


class ScriptedSocket:
    """Gives and takes in the pieces a test says; 0 means: would block."""

    def __init__(self, data: bytes, pieces: list[int]) -> None:
        self.data = data
        self.pieces = pieces
        self.sent = bytearray()

    def _piece(self) -> int:
        size = self.pieces.pop(0) if self.pieces else 1 << 20
        if size == 0:
            raise BlockingIOError
        return size

    def recv(self, size: int) -> bytes:
        piece, size = self.data, min(size, self._piece())
        self.data = piece[size:]
        return piece[:size]

    def send(self, data: bytes) -> int:
        size = min(len(data), self._piece())
        self.sent += data[:size]
        return size

    def close(self) -> None: ...


PIECES = st.lists(st.integers(0, 40), max_size=30)


@given(st.binary(max_size=300), PIECES, st.lists(st.integers(1, 50), min_size=1, max_size=400))
def test_what_comes_in_is_passed_on_whole(data: bytes, pieces: list[int], wants: list[int]):
    sock = BufferedSocket(ScriptedSocket(data, pieces))
    got = bytearray()
    for want in wants * 20:
        try:
            piece = sock.recv(want)
        except BlockingIOError:
            continue
        assert len(piece) <= want
        got += piece
    assert data.startswith(bytes(got))
    assert len(got) >= min(len(data), (20 * len(wants) - len(pieces)) * 1)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=20), PIECES)
def test_what_goes_out_leaves_in_order_and_whole(packets: list[bytes], pieces: list[int]):
    inner = ScriptedSocket(b"", pieces)
    sock = BufferedSocket(inner)
    sock.hold_writes = True
    for packet in packets:
        assert sock.send(packet) == len(packet)
    for _ in range(len(pieces) + 1):
        try:
            if sock.flush():
                break
        except BlockingIOError:
            continue
    assert inner.sent == b"".join(packets)
