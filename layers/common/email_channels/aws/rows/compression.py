"""Converts the long part of an email to compressed JSON, and back. An item or an object in the bucket stores it."""

from __future__ import annotations

import json
import zlib
from typing import Any

from email_channels.cases.history import Content
from email_channels.cases.trace import RuleResult, RuleVerdict

# Damaged or forged bytes must not fill the memory. Content that we wrote is smaller, because intake limits its length.
MAX_UNPACKED_BYTES = 128 * 1024 * 1024


def pack_content(content: Content) -> bytes:
    """The content, compressed; empty fields are left out."""
    document = {
        "text": content.text,
        "html": content.html,
        "headers": content.headers,
        "trace": [[row.rule, row.verdict.value, row.detail, dict(row.evidence)] for row in content.trace],
        "issue": content.issue,
    }
    return pack({name: value for name, value in document.items() if value})


def unpack_content(packed: bytes) -> Content:
    """The inverse of `pack_content`. Raises ValueError for bytes that are damaged."""
    document = unpack(packed)
    return Content(
        text=document.get("text"),
        html=document.get("html"),
        headers=tuple((name, value) for name, value in document.get("headers", ())),
        trace=tuple(
            RuleResult(rule, RuleVerdict(verdict), detail, evidence)
            for rule, verdict, detail, evidence in document.get("trace", ())
        ),
        issue=document.get("issue"),
    )


def pack(document: object) -> bytes:
    """Any JSON document, compressed. Replaces lone surrogates (from hostile mail), which UTF-8 cannot encode."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
    return zlib.compress(text.encode("utf-8", "replace"), 6)


def unpack(packed: bytes) -> Any:
    """The inverse of `pack`. Raises ValueError for bytes that are damaged or unpack to over MAX_UNPACKED_BYTES."""
    decompressor = zlib.decompressobj()
    try:
        text = decompressor.decompress(packed, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise ValueError("stored content is damaged") from error
    if decompressor.unconsumed_tail or not decompressor.eof:
        raise ValueError("stored content is damaged or too large")
    return json.loads(text)


def unpacks_within(packed: bytes, most: int) -> bool:
    """Whether the bytes unpack to at most `most` bytes. Stops unpacking there. Returns false for damaged bytes."""
    decompressor = zlib.decompressobj()
    try:
        decompressor.decompress(packed, most)
    except zlib.error:
        return False
    return decompressor.eof
