"""Long parts of emails are cut, so that an answer fits the limits of Lambda."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from email_channels.api.case_views import CUT, cut, entry_json, trace_json, whole_entry_json
from email_channels.api.requests import MAX_BODY_BYTES, dump
from email_channels.cases.history import Content, Direction
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.mail.message import Address

from tests.support.blank_records import blank_email

EMAIL = blank_email(at=datetime(2026, 11, 23, 10, 0, 0, 999_999, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "x", "ä" * 100, "\x00" * 100, "🎄" * 100])
def test_short_value_stays(text: str) -> None:
    assert cut(text, 600) == text


@pytest.mark.parametrize("char", ["x", "ä", "\x00", "🎄", '"', "\n", "\ud800", "x🎄\x00"])
def test_long_value_is_cut(char: str) -> None:
    """A value that does not fit is cut, and the answer says so."""
    shown = cut(char * 10_000, 1_000)
    assert shown.endswith(CUT)
    kept = shown.removesuffix(CUT)
    assert (char * 10_000).startswith(kept)
    assert 900 < len(json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")) <= 1_000


def test_entry_without_content() -> None:
    """An entry whose content is missing is shown without text."""
    whole = whole_entry_json(EMAIL)
    assert {name: whole[name] for name in ("text", "visible", "quoted", "html", "headers", "trace")} == {
        "text": None,
        "visible": None,
        "quoted": None,
        "html": None,
        "headers": [],
        "trace": [],
    }
    assert (whole["from"], whole["at"]) == (None, "2026-11-23T10:00:00.999Z")
    assert "bcc" not in whole
    assert entry_json(replace(EMAIL, direction=Direction.OUTBOUND))["recipients"] == []


def test_addresses() -> None:
    """Each field has its own addresses."""
    one = {name: (Address("", f"{name}@acme.example"),) for name in ("reply_to", "to", "cc", "bcc")}
    shown = entry_json(blank_email(direction=Direction.OUTBOUND, **one))
    assert {name: [row["address"] for row in shown[name]] for name in one} == {
        name: [f"{name}@acme.example"] for name in one
    }


def test_largest_entry_fits() -> None:
    trace = tuple(RuleResult(f"rule{n}", RuleVerdict.NOTE, "d" * 1_000, {"e": "x" * 10_000}) for n in range(1_000))
    content = Content(
        text="\x00ä" * 5_000_000,
        html="&" * 5_000_000,
        headers=tuple((f"X-{n}", "ä" * 10_000) for n in range(1_000)),
        trace=trace,
    )
    whole = whole_entry_json(replace(EMAIL, content=content))
    assert len(dump(whole).encode()) < MAX_BODY_BYTES
    assert whole["text"].endswith(CUT)
    assert 0 < len(whole["trace"]) < 1_000
    assert 0 < len(whole["headers"]) < 1_000


def test_evidence() -> None:
    """Evidence of every JSON type is shown."""
    row = RuleResult("rule", RuleVerdict.PASS, evidence={"n": 1, "list": ["a"], "none": None, "yes": True})
    assert trace_json([row]) == [
        {
            "rule": "rule",
            "verdict": "pass",
            "detail": "",
            "evidence": {"n": 1, "list": ["a"], "none": None, "yes": True},
        }
    ]
