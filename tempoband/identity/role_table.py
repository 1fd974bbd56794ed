"""The role table as it stands in ``docs/security.md``: written from the source, so that it cannot be old."""

from tempoband.identity.permissions import NEVER_BY_TOKEN, TABLE, Action, Scope
from tempoband.identity.principal import Role

_MARK = {Scope.CLINIC: "clinic", Scope.OWN: "own", None: ""}


def role_table() -> str:
    """One row an action, one column a role."""
    roles = list(Role)
    head = "| action | " + " | ".join(str(role) for role in roles) + " | token |"
    line = "|---" * (len(roles) + 2) + "|"
    rows = [
        "| `"
        + action
        + "` | "
        + " | ".join(_MARK[TABLE[role].get(action)] for role in roles)
        + (" | never |" if action in NEVER_BY_TOKEN else " | yes |")
        for action in Action
    ]
    return "\n".join([head, line, *rows])
