"""Finds the sentences that code raises or says, by reading the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SAYS = {
    "Phrase",
    "phrased",
    "invalid",
    "conflict",
    "_conflict",
    "refused",
    "_weak",
    "DashboardError",
    "RecordsError",
    "TempoError",
    "MailError",
    "problem",
    "LinkError",
}
_FOLDERS = (
    "dashboard",
    "tempoband/storage/records",
    "tempoband/identity",
    "tempoband/contracts",
    "analytics",
    "firmware_bridge",
)


def phrases_in_code() -> dict[str, str]:
    """Every sentence that becomes a refusal, and where it stands."""
    found = {}
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for sentence, line in _said(ast.parse(path.read_text("utf-8"))):
                found[sentence] = f"{path.relative_to(ROOT)}:{line}"
    return found


def _said(tree: ast.AST) -> Iterator[tuple[str, int]]:
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    tables = [each for each in ast.iter_child_nodes(tree) if isinstance(each, ast.Assign)]
    for function in functions + tables:
        named = _assigned(function)
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _name(call.func) in _SAYS:
                for argument in call.args:
                    yield from ((text, call.lineno) for text in _texts(argument, named))
            if isinstance(call, ast.Return) and _refuses(call.value):
                for each in ast.walk(call.value):
                    yield from ((text, call.lineno) for text in _texts(each, named))


def _refuses(value: ast.expr | None) -> bool:
    """Whether a tuple with a status, a reason and words is returned, as the guard does."""
    return isinstance(value, ast.Tuple) and "DashboardReason" in ast.dump(value)


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(value)
    return found


def _texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value
    elif isinstance(node, ast.Name):
        for value in named.get(node.id, ()):
            yield from _texts(value, {})
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, named)
        yield from _texts(node.orelse, named)
    elif isinstance(node, ast.JoinedStr):
        yield f"f-string: {ast.unparse(node)}"
