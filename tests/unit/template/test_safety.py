"""Every property of the template is as the table of safety properties says (tests/support/safety/expected)."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.safety.table import ROWS, TABLE
from tests.support.template import source


def test_table() -> None:
    """No property differs from its row, and none is without a row."""
    findings = TABLE.findings(source())
    assert not findings, f"{len(findings)} findings:\n\n" + "\n\n".join(findings)


def test_reasons() -> None:
    """Each row says why."""
    assert [row for rows in ROWS.values() for row in rows if len(row.why.split()) < 3] == []


def test_channels_are_received_alike() -> None:
    """The ad hoc rule is the case creation rule but for condition, name, recipients and prefix."""
    texts = []
    for rule, words in (
        ("CaseCreationRule", ("CaseCreationOn", "case-creation", "CaseCreationRecipients", "raw/case_creation/")),
        ("AdHocRule", ("AdHocOn", "ad-hoc", "AdHocRecipients", "raw/ad_hoc/")),
    ):
        text = json.dumps(source()["Resources"][rule], sort_keys=True)
        for number, word in enumerate(words):
            assert word in text
            text = text.replace(word, f"<{number}>")
        texts.append(text)
    assert texts[0] == texts[1]


def test_texts() -> None:
    """No text looks like a function in its short form, and none reads a secret into the template or the outputs."""
    words = list(texts(source()))
    assert [text for text in words if text.startswith("!") or "{{resolve:" in text] == []
    assert "python3.13" in words


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from texts(each)
    elif isinstance(part, str):
        yield part
