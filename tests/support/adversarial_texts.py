"""Texts on which a regular expression would take long, if there are any: made from its syntax, and measured.

A text is a beginning that the expression matches, a piece that is repeated, and an end at which the match fails. The
pieces are what the expression's own repeats match, and the characters that it names.
"""

from __future__ import annotations

import random
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.support.regular_expressions import Expression

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants as op
    import sre_parse

LENGTH: Final = 4_000
"""Characters of the shorter text. The longer one has four times as many."""

_GROWS: Final = 7.0  # time that grows by more than this, for a text that grows by four, is not linear
_LEAST: Final = 0.002  # seconds of CPU that can be measured
_MOST: Final = 1.0  # seconds of CPU after which a match is stopped
_REPEATS: Final = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, getattr(op, "POSSESSIVE_REPEAT", None)})
_ENDS: Final = ("", "\x00", "!", "\n", "x")
_COMMON: Final = " a0\n<([:"
_PRINTABLE: Final = "".join(map(chr, range(32, 127))) + "\n\t\xa0é"
_CATEGORIES: Final[dict[Any, Callable[[str], bool]]] = {
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    op.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


class _TooLong(Exception):
    """A match took longer than `_MOST`."""


def slow_text(expression: Expression, seed: str, count: int) -> str | None:
    """One of `count` texts for which the time per character grows with the length, as Python code; None if none is."""
    chance = random.Random(f"{seed} {expression.where} {expression.text!a}")
    pairs = sorted(set(_beginnings_and_pieces(expression, chance)))
    for _ in range(count):
        start, piece = chance.choice(pairs)
        end = chance.choice(_ENDS)

        def measured(length: int, start: str = start, piece: str = piece, end: str = end) -> float:
            return _seconds(expression, start + piece * (length // len(piece)) + end)

        # Measured twice, because the machine may be busy.
        if _grows(measured(LENGTH), measured(4 * LENGTH)) and _grows(
            short := measured(LENGTH), long := measured(4 * LENGTH)
        ):
            return f"{start!r} + {piece!r} * {4 * LENGTH // len(piece)} + {end!r}: {long:.3f} s, not {4 * short:.3f}"
    return None


def _grows(short: float, long: float) -> bool:
    """Whether a match of a text that is four times as long takes much more than four times as long."""
    return long >= min(_MOST, _GROWS * max(short, _LEAST))


def _seconds(expression: Expression, text: str) -> float:
    """How long all matches in the text take, at most `_MOST`."""

    def stop(_signal: int, _frame: object) -> None:
        raise _TooLong

    pattern: Any = expression.pattern
    given: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    before = signal.signal(signal.SIGVTALRM, stop)
    begin = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, _MOST)
        if expression.searched:
            for _ in pattern.finditer(given):
                pass
        for method in expression.methods & {"match", "fullmatch"}:
            getattr(pattern, method)(given)
    except _TooLong:
        return _MOST
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.process_time() - begin


def _beginnings_and_pieces(expression: Expression, chance: random.Random) -> Iterator[tuple[str, str]]:
    tree = sre_parse.parse(expression.text, expression.pattern.flags)
    repeats = list(_repeats(tree, "", chance))
    for start, repeated in chance.sample(repeats, min(60, len(repeats))):
        for _ in range(3):
            if piece := _matched(repeated, chance):
                yield from ((start, piece), ("", piece), ("", start + piece), (start + piece, " "))
    characters = sorted(_characters(tree) | set(_COMMON))
    whole = _matched(tree, chance)
    for _ in range(40):
        yield from (("", chance.choice(characters)), (whole[:20], chance.choice(characters)))
        yield "", chance.choice(characters) + chance.choice(characters)
        if whole := _matched(tree, chance):
            yield from (("", whole), ("", whole[:-1] or whole))


def _repeats(tree: Any, before: str, chance: random.Random) -> Iterator[tuple[str, Any]]:
    """Each part that may be repeated often, and a text that matches what is before it."""
    for code, value in tree:
        if code in _REPEATS:
            if value[1] >= 8:
                yield before, value[2]
            yield from _repeats(value[2], before, chance)
        else:
            for part in _parts(code, value):
                yield from _repeats(part, before, chance)
        before += _matched([(code, value)], chance)


def _parts(code: Any, value: Any) -> Any:
    """The expressions inside one element, other than repeats."""
    if code is op.BRANCH:
        return value[1]
    if code is op.SUBPATTERN:
        return [value[3]]
    return [value] if code is getattr(op, "ATOMIC_GROUP", None) else []


def _matched(tree: Any, chance: random.Random) -> str:
    """A text that the expression matches, more or less: it ignores what must stand before or behind."""
    out = []
    for code, value in tree:
        if code is op.LITERAL:
            out.append(chr(value))
        elif code in {op.ANY, op.NOT_LITERAL, op.IN}:
            out.append(_character(code, value, chance))
        elif code in _REPEATS:
            least, most, repeated = value
            out.extend(_matched(repeated, chance) for _ in range(max(least, chance.choice((0, min(1, most))))))
        elif parts := _parts(code, value):
            out.append(_matched(chance.choice(parts), chance))
    return "".join(out)


def _character(code: Any, value: Any, chance: random.Random) -> str:
    """One character that the class holds."""
    if code is op.ANY:
        return "a"
    if code is op.NOT_LITERAL:
        return "b" if value == ord("a") else "a"
    named = [chr(item) for kind, item in value if kind is op.LITERAL]
    named += [chr(end) for kind, item in value if kind is op.RANGE for end in item]
    if value[0][0] is not op.NEGATE and named and chance.random() < 0.7:
        return chance.choice(named)
    fitting = [char for char in _PRINTABLE if _holds(value, char)]
    return chance.choice(fitting or named or ["\u2028"])


def _holds(items: Any, char: str) -> bool:
    negated = items[0][0] is op.NEGATE
    found = any(
        (kind is op.LITERAL and item == ord(char))
        or (kind is op.RANGE and item[0] <= ord(char) <= item[1])
        or (kind is op.CATEGORY and item in _CATEGORIES and _CATEGORIES[item](char))
        for kind, item in items
    )
    return found != negated


def _characters(tree: Any) -> set[str]:
    """The characters that the expression names."""
    found: set[str] = set()
    for code, value in tree:
        if code in {op.LITERAL, op.NOT_LITERAL}:
            found.add(chr(value))
        elif code is op.IN:
            found |= {chr(item) for kind, item in value if kind is op.LITERAL}
        elif code in _REPEATS:
            found |= _characters(value[2])
        for part in _parts(code, value):
            found |= _characters(part)
    return found
