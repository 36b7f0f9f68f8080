"""Compares how many fields of the example mails our parser, Python's and mail-parser read right: `make compare`.

The mails are those of the folders in `tests/emails`. The fields that a mail's manifest names are compared. White space
and the zone of a date do not count. If an attachment has no name, any name is right. A dash means that a library does
not have the field.

A second table lists the known failures: the mails of `tests/emails/known`, each with the one field that we misread.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bench.readers import Reader, mail_parser, ours, standard
from tests.support.example_mails import KNOWN, expectations, known_failures, mail

# The rows of the table: the name, and the keys of the manifest that must be right.
_ROWS: Final = (
    ("sender", ("from",)),
    ("recipients", ("to", "cc", "reply_to")),
    ("subject", ("subject",)),
    ("date", ("date",)),
    ("ids", ("message_id", "in_reply_to", "references")),
    ("text body", ("text", "text_has")),
    ("HTML body", ("html", "html_has")),
    ("attachments: names", ("attachments",)),
    ("attachments: types and sizes", ("sizes",)),
    ("kind", ("kind", "automatic")),
    ("failed recipients", ("recipients", "original")),
    ("visible reply", ("visible",)),
)
_OFFERED_BY_ALL: Final = tuple(key for row, keys in _ROWS[:9] for key in keys)
_READERS: Final[Mapping[str, Reader]] = {"ours": ours, "Python": standard, "mail-parser": mail_parser}


@dataclass(slots=True)
class Score:
    """The result of one reader. `asked` and `right` count mails, by row; `raised` counts those on which it fails."""

    asked: dict[str, int] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    raised: int = 0
    failures: list[str] = field(default_factory=list)


def main() -> int:
    """The command. With `--failures`, it also lists what each reader reads wrong."""
    warnings.simplefilter("ignore")
    logging.disable()
    manifest = expectations()
    scores = {name: _score(name, manifest) for name in _READERS}
    print("\n".join(_table(scores, len(manifest))))
    print("", *_known_table(), sep="\n")
    if "--failures" in sys.argv:
        for name, score in scores.items():
            print(f"\n{name}", *sorted(score.failures), sep="\n  ")
    return 0


def _score(reader: str, manifest: Mapping[str, dict[str, Any]]) -> Score:
    score = Score()
    for name, named in manifest.items():
        expected = named | ({"sizes": named["attachments"]} if "attachments" in named else {})
        try:
            found = _READERS[reader](mail(name))
        except Exception:  # noqa: BLE001  # a library that raises has read nothing
            score.raised += 1
            found = dict.fromkeys(expected, _raising) if reader != "ours" else {}
        for row, keys in _ROWS:
            offered = [key for key in keys if key in expected and key in found]
            if not offered:
                continue
            score.asked[row] = score.asked.get(row, 0) + 1
            if all(is_right(found[key], expected[key], key) for key in offered):
                score.right[row] = score.right.get(row, 0) + 1
            else:
                score.failures.append(f"{row}: {name}")
    return score


def _table(scores: Mapping[str, Score], mails: int) -> Iterator[str]:
    yield f"| of {mails} emails | compared in | " + " | ".join(scores) + " |"
    yield "|---|--:|" + "--:|" * len(scores)
    for row, _ in _ROWS:
        cells = [
            f"{score.right.get(row, 0) / score.asked[row]:.1%}" if row in score.asked else "–"
            for score in scores.values()
        ]
        yield f"| {row} | {scores['ours'].asked.get(row, 0)} | " + " | ".join(cells) + " |"
    yield f"| emails on which it fails | {mails} | " + " | ".join(str(score.raised) for score in scores.values()) + " |"


def _known_table() -> Iterator[str]:
    yield "| known to go wrong | field | " + " | ".join(_READERS) + " | because |"
    yield "|---|---|" + "---|" * len(_READERS) + "---|"
    for name, failure in known_failures().items():
        raw, field = (KNOWN / f"{name}.eml").read_bytes(), failure["field"]
        row = next(row for row, keys in _ROWS if field in keys)
        cells = [_verdict(read, raw, field, failure["expected"]) for read in _READERS.values()]
        yield f"| {name.replace('_', ' ')} | {row} | {' | '.join(cells)} | {failure['because']} |"


def _verdict(read: Reader, raw: bytes, field: str, expected: Any) -> str:
    if field not in _OFFERED_BY_ALL and read is not ours:
        return "–"
    try:
        found = read(raw)
    except Exception:  # noqa: BLE001  # a library that raises has read nothing
        return "wrong"
    return "right" if is_right(found[field], expected, field) else "wrong"


def is_right(read: Callable[[], Any], expected: Any, key: str) -> bool:
    """Whether a reader's value for a key of the manifest is the expected one. `read` returns the value, or raises."""
    try:
        found = read()
    except Exception:  # noqa: BLE001  # a library that raises has read nothing
        return False
    if key in ("text", "html", "subject", "visible", "issue"):
        return _words(found) == _words(expected)
    if key in ("text_has", "html_has"):
        return _words(expected) in _words(found)
    if key == "date":
        return bool(found == (datetime.fromisoformat(expected) if expected else None))
    if key == "from":
        return bool((found and [_words(found[0]), found[1]]) == expected)
    if key == "attachments":
        return len(found) == len(expected) and all(
            name is None or name == wanted[0] or wanted[0].startswith("attachment-")
            for (name, *_), wanted in zip(found, expected, strict=True)
        )
    if key == "sizes":
        return len(found) == len(expected) and all(
            kind == wanted[1] and (len(wanted) < 4 or size == wanted[3])
            for (_, kind, size), wanted in zip(found, expected, strict=True)
        )
    return bool(found == expected)


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _raising() -> Any:
    raise ValueError("the library raised")


if __name__ == "__main__":
    sys.exit(main())
