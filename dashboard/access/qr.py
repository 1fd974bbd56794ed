"""QR codes as SVG paths: the page draws them without any markup of ours."""

import segno

from dashboard.access.models import QrOut

_QUIET = 4  # squares around, as the standard asks


def qr(text: str) -> QrOut:
    """The code of a text, error correction M."""
    rows = segno.make(text, micro=False, error="m").matrix
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return QrOut(size=len(rows) + 2 * _QUIET, path=path)
