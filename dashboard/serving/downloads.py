"""Answers that the browser keeps as a file, and no cache keeps at all."""


def kept_as(name: str) -> dict[str, str]:
    """The headers of a file with this name."""
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
