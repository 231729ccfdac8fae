"""One-line mutants of a file: each is what somebody could have typed instead, and a test should notice."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

_COMPARES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_SUMS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
}
_OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SQL = re.compile(r"\b(select|where|update|insert|delete|returning|order by|having|union)\b|[=<>] ?\?|= '")
_CONDITION = re.compile(r"\b(where|and|or|on|when)\b")
_OTHER = " <> "
_IN_SQL = (
    (re.compile(r" < "), " <= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" > "), " >= "),
    (re.compile(r" >= "), " > "),
    (re.compile(r" is null"), " is not null"),
    (re.compile(r" is not null"), " is null"),
    (re.compile(r" not exists "), " exists "),
    (re.compile(r" and "), " or "),
    (re.compile(r" or "), " and "),
    (re.compile(r"(?<=[\w)]) = (?=['?(])"), _OTHER),
    (re.compile(r" <> "), " = "),
    (re.compile(r" desc\b"), ""),
    (re.compile(r" \+ "), " - "),
)


@dataclass(frozen=True)
class Mutant:
    """`code` of a file instead of what stands at `start` to `end` of one line (columns count characters)."""

    file: str
    line: int
    start: int
    end: int
    code: str
    was: str
    becomes: str
    """The line before and after, without its indentation."""
    number: int
    """Which of equal mutants in its file it is: it keeps its name when lines come or go above it."""

    def applied(self, source: str) -> str:
        lines = source.splitlines(keepends=True)
        line = lines[self.line - 1]
        lines[self.line - 1] = line[: self.start] + self.code + line[self.end :]
        return "".join(lines)

    def rank(self, seed: str) -> str:
        """The place in the sample: with one seed a change elsewhere moves no mutant in or out."""
        return hashlib.sha256(
            "\0".join((seed, self.file, self.was, self.becomes, str(self.number))).encode()
        ).hexdigest()


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """All mutants of a file, in its order; a few are no Python."""
    source = (root / file).read_text("utf-8")
    lines = source.splitlines()
    spans = sorted({*_Finder(lines).found(ast.parse(source)), *_in_sql(source)})
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for line, start, end, code in spans:
        was = lines[line - 1].strip()
        becomes = (lines[line - 1][:start] + code + lines[line - 1][end:]).strip()
        made.append(Mutant(file, line, start, end, code, was, becomes, seen[was, becomes]))
        seen[was, becomes] += 1
    return made


def sample(root: Path, mutants: list[Mutant], count: int, seed: str) -> list[Mutant]:
    """Choose by rank, only what is still Python: a mutant that cannot be read tests nothing."""
    ranked = sorted(mutants, key=lambda mutant: mutant.rank(seed))
    good = (mutant for mutant in ranked if _is_python(mutant.applied((root / mutant.file).read_text("utf-8"))))
    return list(islice(good, count))


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


Span = tuple[int, int, int, str]
"""Line, from column, to column, what stands there instead."""


class _Finder:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def found(self, node: ast.AST) -> Iterator[Span]:
        yield from self._here(node)
        for child in self._inside(node):
            yield from self.found(child)

    def _inside(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a test can tell: no annotations, no words for the log, no decorators, no texts."""
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, (ast.Assert, ast.JoinedStr)) or _is_logged(node):
            return
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("Protocol") for base in node.bases):
            return
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list", "type_comment", "type_params"}:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield child

    def _here(self, node: ast.AST) -> Iterator[Span]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                for before, operator, after in zip([left, *others], ops, others, strict=False):
                    yield from self._between(before, after, *_COMPARES[type(operator)])
            case ast.BoolOp(op=operator, values=values):
                words = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
                for before, after in pairwise(values):
                    yield from self._between(before, after, *words)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SUMS:
                if not _is_text(left) and not _is_text(right):
                    yield from self._between(left, right, *_SUMS[type(operator)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self._instead(node, f"({ast.unparse(operand)})")
            case ast.Constant(value=bool() as value):
                yield from self._instead(node, str(not value))
            case ast.Constant(value=int() | float() as value):
                yield from self._instead(node, f"({value!r} + 1)")
            case ast.Call(func=ast.Name(id=name) as called) if name in _OPPOSITE:
                yield from self._instead(called, _OPPOSITE[name])
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield from self._negated(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from self._negated(test)
            case ast.stmt():
                yield from self._statement(node)

    def _statement(self, node: ast.stmt) -> Iterator[Span]:
        match node:
            case ast.Expr(value=ast.Call() | ast.Await()) if not _is_logged(node):
                yield from self._instead(node, "pass")
            case ast.Raise():
                yield from self._instead(node, "pass")
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield from self._instead(node, "pass")
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield from self._instead(node, "return None")
            case ast.AugAssign(op=ast.Add(), target=target, value=value) if not _is_text(value):
                yield from self._between(target, value, "+=", "-=")
            case ast.AugAssign(op=ast.Sub(), target=target, value=value):
                yield from self._between(target, value, "-=", "+=")
            case ast.Continue():
                yield from self._instead(node, "break")
            case ast.Break():
                yield from self._instead(node, "continue")
            case _:
                return

    def _negated(self, test: ast.expr) -> Iterator[Span]:
        """Where the operators inside are no mutants of their own."""
        if not isinstance(test, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Constant, ast.NamedExpr)):
            yield from self._instead(test, f"(not {ast.unparse(test)})")

    def _instead(self, node: ast.expr | ast.stmt, code: str) -> Iterator[Span]:
        if node.lineno == node.end_lineno and node.end_col_offset is not None:
            columns = self._column(node.lineno, node.col_offset), self._column(node.lineno, node.end_col_offset)
            yield node.lineno, *columns, code

    def _between(self, before: ast.expr, after: ast.expr, operator: str, other: str) -> Iterator[Span]:
        line = before.end_lineno or 0
        first = self._column(line, before.end_col_offset or 0)
        # An operator that begins the next line stands before what follows it.
        if after.lineno != line:
            line, first = after.lineno, 0
        last = self._column(line, after.col_offset)
        at = self._lines[line - 1].find(operator, first, last)
        if at >= 0:
            yield line, at, at + len(operator), other

    def _column(self, line: int, offset: int) -> int:
        """The parser counts bytes."""
        return len(self._lines[line - 1].encode()[:offset].decode())


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_logged(node: ast.AST) -> bool:
    """A line for the log, or a check of what the code itself says, as an assertion is: neither changes anything."""
    call = node.value if isinstance(node, ast.Expr) else node
    return isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("log.", "logging.", "check"))


def _in_sql(source: str) -> Iterator[Span]:
    """Operators of statements in plain SQL; a string that begins its line and ends there alone is a docstring."""
    texts = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in texts or token.start[0] != token.end[0] or '"""' in token.string:
            continue
        if not _SQL.search(token.string):
            continue
        for pattern, code in _IN_SQL:
            for match in pattern.finditer(token.string):
                # In `set a = ?` it is no comparison.
                if code == _OTHER and not _CONDITION.search(token.string, 0, match.start()):
                    continue
                yield token.start[0], token.start[1] + match.start(), token.start[1] + match.end(), code
