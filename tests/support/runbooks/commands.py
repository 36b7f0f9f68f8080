"""The commands in the pages for operators, word by word."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tests.support.paths import ROOT

INDEX = ROOT / "docs" / "runbooks.md"
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
OPERATIONS = ROOT / "docs" / "operations.md"

_SUBSTITUTION = re.compile(r"\$\(((?:[^()\"']|\"[^\"]*\"|'[^']*')*)\)")
_BETWEEN = re.compile(r"[;|&<>]+|do|done|while|until|then|\{|\}")


def commands(text: str) -> Iterator[str]:
    """The lines of indented code, and what stands in backticks."""
    yield from (line.strip() for line in re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE))
    prose = re.sub(r"^ {4,}\S.*$", "", text, flags=re.MULTILINE)
    yield from (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose))


def simple(command: str) -> Iterator[list[str]]:
    """The words of each simple command in a line: also of those in $(...), in pipes and in loops."""
    while found := _SUBSTITUTION.search(command):
        yield from simple(found[1])
        command = f"{command[: found.start()]}INNER{command[found.end() :]}"
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return  # a piece of a function that goes on in the next line, or no command at all
    part: list[str] = []
    for word in [*words, ";"]:
        if not _BETWEEN.fullmatch(word):
            part.append(word)
        elif part:
            yield part
            part = []


def called(program: str) -> list[list[str]]:
    """The arguments of each call of a program or a shell function, on all pages."""
    return [
        words[1:]
        for page in (INDEX, *PAGES, OPERATIONS)
        for command in commands(page.read_text("utf-8"))
        for words in simple(command)
        if words[0] == program
    ]


def first_arguments(function: str) -> set[str]:
    """The first argument of each call of a shell function, without placeholders."""
    firsts = {words[0] for words in called(function) if words}
    return {each for each in firsts if not each.startswith("$") and not re.fullmatch(r"[A-Z_]+", each)}
