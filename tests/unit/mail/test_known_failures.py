"""Each known failure still fails, without an exception, and is listed in the documentation.

`tests/emails/known` has an email for each failure; `known.json` says what a person would see, and why the code fails.
"""

from __future__ import annotations

import re

import pytest

from bench.readers import ours
from bench.understanding import is_right
from tests.support.example_mails import KNOWN as FOLDER
from tests.support.example_mails import expectations, known_failures
from tests.support.paths import ROOT

KNOWN = known_failures()
DOCUMENT = ROOT / "docs" / "email-understanding.md"


def test_manifests() -> None:
    """Every known failure is listed, and none is among the emails that are read correctly."""
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(KNOWN)
    assert not set(KNOWN) & set(expectations())
    assert {tuple(failure) for failure in KNOWN.values()} == {("field", "expected", "because")}


@pytest.mark.parametrize("crlf", [False, True], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", KNOWN)
def test_still_misread(name: str, crlf: bool) -> None:
    raw = (FOLDER / f"{name}.eml").read_bytes()
    field, expected = KNOWN[name]["field"], KNOWN[name]["expected"]

    found = ours(raw.replace(b"\n", b"\r\n") if crlf else raw)
    for read in found.values():
        read()

    key = "attachments" if field == "sizes" else field
    assert not is_right(found[field], expected, field), (
        f"{name} is read right now: move it to the folder of its kind, and from known.json to that folder's"
        f" manifest.json as {{{key!r}: ...}}, and put what `make compare` prints into docs/email-understanding.md"
    )


def test_documentation() -> None:
    """The table in the documentation lists exactly the known failures."""
    _, _, table = DOCUMENT.read_text("utf-8").partition("| known to go wrong |")
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| (wrong) \| .* \| ([^|]+) \|$", table, re.MULTILINE)

    assert [(mail.replace(" ", "_"), because) for mail, _, because in rows] == [
        (mail, failure["because"]) for mail, failure in KNOWN.items()
    ]
