"""The console's style sheets are one file when they are served, so a mistake in one takes the rules of all after it."""

import re

import pytest

from tests.support.paths import ROOT

SHEETS = sorted((ROOT / "console").glob("**/*.css"))
_CLOSING = {")": "(", "]": "[", "}": "{"}


@pytest.mark.parametrize("name", [path.relative_to(ROOT).as_posix() for path in SHEETS])
def test_closed(name: str) -> None:
    """Each bracket is closed, and a rule begins only within a rule or at the top."""
    text = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'", "", (ROOT / name).read_text("utf-8"), flags=re.DOTALL)
    opened: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        for sign in line:
            if sign in "([{":
                assert sign != "{" or set(opened) <= {"{"}, f"{name}:{number}: a bracket is not closed before the rule"
                opened.append(sign)
            elif sign in _CLOSING:
                assert opened, f"{name}:{number}: {sign} closes nothing"
                assert opened.pop() == _CLOSING[sign], f"{name}:{number}: {sign} closes something else"
    assert opened == []
