"""A QR code as a camera meets it: read off a picture, square by square."""

import io

from PIL import Image

QUIET = 4  # squares around a code, as the standard asks
FINDER = 7  # squares of the dark bar at the top of a finder pattern
_DARK = 128


def squares_in(picture: bytes) -> list[list[bool]]:
    """Which squares of the one code in a PNG are dark, row by row; its quiet zone is left out.

    The size of a square comes from the picture itself: the top left finder pattern is seven squares wide.
    """
    grey = Image.open(io.BytesIO(picture)).convert("L")
    dark = grey.point(lambda value: 255 if value < _DARK else 0)
    box = dark.getbbox()
    assert box is not None, "nothing dark in the picture"
    left, top, right, bottom = box
    bar = next(x for x in range(left, right) if not dark.getpixel((x, top + 1))) - left
    count = round((right - left) / (bar / FINDER))
    square = (right - left) / count
    assert (count - 17) % 4 == 0, f"no QR code has {count} squares a side"
    assert left >= (QUIET - 1) * square, "the quiet zone is too narrow for a camera"
    assert abs((bottom - top) - (right - left)) <= square / 2, "the code is not square"
    middle = [(0.5 + i) * square for i in range(count)]
    return [[bool(dark.getpixel((int(left + x), int(top + y)))) for x in middle] for y in middle]
