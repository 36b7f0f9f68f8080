"""No regular expression takes long on hostile input.

The check is that of a tool, which reads the patterns: nothing here depends on the speed of the machine. `make fuzz`
measures them, too. A new pattern that fails here needs another form: a possessive repeat (`\\s*+`), or an upper bound
(`{0,40}`).
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.paths import FUNCTIONS, PACKAGE
from tests.support.regular_expressions import Expression, expressions, slow_example


@pytest.fixture(scope="module")
def found() -> list[Expression]:
    return expressions()


def test_all_are_found(found: list[Expression]) -> None:
    """In modules, in tables, in calls, in cached values, in the API's document."""
    where = {expression.where for expression in found}
    assert len(found) > 300
    assert {
        "email_channels.mail.subjects._ONE_PREFIX",
        "email_channels.mail.classification.automatic_reply_headers.AUTOMATIC_REPLY_HEADERS",
        "email_channels.mail.replies.language_patterns.language_patterns",
        "email_channels.outbound.mime_parts._MEDIA_TYPE",
        "local.http.routes._FUNCTION_URI",
        "openapi.json",
    } <= where
    assert {name.rpartition(":")[0] for name in where} >= {"email_channels.mail.addresses", "local.smtp.session"}
    of = {expression.where: expression for expression in found}
    assert of["email_channels.mail.subjects._ONE_PREFIX"].methods == {"match"}
    assert of["email_channels.outbound.mime_parts._CHARSET"].searched


def test_none_is_compiled_at_import() -> None:
    """What the top of a module compiles makes each cold start longer."""
    files = [*PACKAGE.rglob("*.py"), *FUNCTIONS.rglob("*.py")]
    found = [
        f"{path}:{call.lineno}"
        for path in files
        for call in _calls_at_import(ast.parse(path.read_text(encoding="utf-8")))
        if ast.unparse(call.func) == "re.compile"
    ]
    assert found == []


def _calls_at_import(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield from _calls_at_import(node)


def test_none_is_slow(found: list[Expression]) -> None:
    slow = {}
    for expression in found:
        example = slow_example(expression)
        if example is not None:
            slow[expression.where] = f"{expression.text[:80]} is slow on {example[:60]}"

    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "method", "slow"),
    [
        # The subject "(" and 8,000 blanks took ten seconds.
        (r"[\[(]\s*([^\])]{1,40}?)\s*[\])]", "match", True),
        (r"(a+)+b", "match", True),
        (r"\s*:\s*\s*x", "match", True),
        (r"\s+$", "search", True),
        (r"\s++$", "search", True),
        (r"\s+$", "match", False),
        (r"^\s+x", "search", False),
        (r"\s{0,20}$", "search", False),
        (r"\s*+a?\s*+:", "match", False),
        (r"[\[(]([^\])]{1,200}+)[\])]", "match", False),
    ],
)
def test_the_check(pattern: str, method: str, slow: bool) -> None:
    """It sees what takes quadratic time, and nothing else."""
    expression = Expression("x", re.compile(pattern), frozenset({method}))
    assert (slow_example(expression) is not None) == slow
