"""Converts emails to compressed JSON, and back. An item stores them, or an object in the bucket if they are long."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from email_channels.aws.rows import dictionaries
from email_channels.cases.history import Content
from email_channels.cases.trace import RuleResult, RuleVerdict

# Damaged or forged bytes must not fill the memory. Content that we wrote is smaller, because intake limits its length.
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
# Lists unpack what items hold. A short item may be a long text that compresses well, which a list must not unpack.
MAX_UNPACKED_EMAIL_BYTES = 65_536


def pack_email(summary: Mapping[str, Any] | None, content: Content) -> bytes | None:
    """The short and the long part of an email, compressed together; None if they are too long for this.

    `summary` is None for a case without an email.
    """
    text = _text_of(({"summary": summary} if summary else {}) | _content_to_json(content))
    return _compressed(text) if len(text) <= MAX_UNPACKED_EMAIL_BYTES else None


def pack_summary(summary: Mapping[str, Any] | None) -> bytes | None:
    """The short part of an email alone, compressed; None if there is none."""
    return pack({"summary": summary}) if summary else None


def unpack_email(packed: bytes) -> tuple[dict[str, Any], Content]:
    """The summary ({} if there is none) and the content that `pack_email` or `pack_summary` packed.

    Raises ValueError for bytes that are damaged.
    """
    document = unpack(packed)
    return document.get("summary", {}), _content_from_json(document)


def pack_content(content: Content) -> bytes:
    """The long part of an email alone, compressed."""
    return pack(_content_to_json(content))


def unpack_content(packed: bytes) -> Content:
    """The inverse of `pack_content`. Raises ValueError for bytes that are damaged."""
    return _content_from_json(unpack(packed))


def _content_to_json(content: Content) -> dict[str, Any]:
    """The content without its empty fields."""
    document = {
        "text": content.text,
        "html": content.html,
        "headers": content.headers,
        "trace": [_row_to_json(row) for row in content.trace],
        "issue": _issue_to_json(content.issue, content.text),
    }
    return {name: value for name, value in document.items() if value}


def _content_from_json(document: Mapping[str, Any]) -> Content:
    text = document.get("text")
    return Content(
        text=text,
        html=document.get("html"),
        headers=tuple((name, value) for name, value in document.get("headers", ())),
        trace=tuple(_row_from_json(row) for row in document.get("trace", ())),
        issue=_issue_from_json(document.get("issue"), text),
    )


def pack(document: object) -> bytes:
    """Any JSON document, compressed. Replaces lone surrogates (from hostile mail), which UTF-8 cannot encode."""
    return _compressed(_text_of(document))


def unpack(packed: bytes) -> Any:
    """The inverse of `pack`, also for streams without a dictionary, or with an earlier one.

    Raises ValueError for bytes that are damaged, name an unknown dictionary, or unpack to over MAX_UNPACKED_BYTES.
    """
    decompressor = dictionaries.decompressor(packed)
    try:
        text = decompressor.decompress(packed, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise ValueError("stored content is damaged") from error
    if decompressor.unconsumed_tail or not decompressor.eof:
        raise ValueError("stored content is damaged or too large")
    return json.loads(text)


def _text_of(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def _compressed(text: bytes) -> bytes:
    compressor = dictionaries.compressor()
    return compressor.compress(text) + compressor.flush()


def _row_to_json(row: RuleResult) -> str | list[Any]:
    """A row of the trace. Most rules pass an email and have nothing to say: the name stands for such a row."""
    if row.verdict is RuleVerdict.PASS and not row.detail and not row.evidence:
        return row.rule
    return [row.rule, row.verdict.value, row.detail, dict(row.evidence)]


def _row_from_json(row: str | list[Any]) -> RuleResult:
    if isinstance(row, str):
        return RuleResult(row, RuleVerdict.PASS)
    rule, verdict, detail, evidence, *_ = row
    return RuleResult(rule, RuleVerdict(verdict), detail, evidence)


def _issue_to_json(issue: str | None, text: str | None) -> str | list[int] | bool | None:
    """The issue, which mostly is the text or a part of it: true for the text without the blanks around it, the two ends
    of the part of the text, or the issue itself."""
    if not issue or not text:
        return issue
    if issue == text.strip():
        return True
    start = text.find(issue)
    return issue if start < 0 else [start, start + len(issue)]


def _issue_from_json(issue: str | list[int] | bool | None, text: str | None) -> str | None:
    if issue is True:
        return (text or "").strip()
    if isinstance(issue, list):
        start, end = issue
        return (text or "")[start:end]
    return issue or None
