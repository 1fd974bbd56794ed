"""What all models of the API build on. Times are UTC microseconds, units stand in the names."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# No control characters: PostgreSQL cannot store all of them, and nobody means them.
LINE = r"^[^\x00-\x1f\x7f]*$"
PROSE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"  # lines and tabs are welcome here
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE),
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]
RowId = Slug
Placement = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=LINE),
]
Count = Annotated[int, Field(ge=1, le=10_000)]


class Out(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class In(BaseModel):
    """Base of what is sent: unknown fields are errors, a mistyped one must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Named(Out):
    """A person as lists show them."""

    id: str
    name: str
