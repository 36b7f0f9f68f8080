"""Attributes take few bytes in items: their names, hashes, and keys of originals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from email_channels.aws.rows.codec import HexAttribute, OriginalKeyAttribute
from email_channels.aws.rows.table import Row, _all_kinds

from tests.support.paths import ROOT

_LINE = re.compile(r"^  \| `(\w+)` \| `(\w+)`", re.MULTILINE)


def test_short_names() -> None:
    """The names that are shorter in items than in the code are those that the documentation says."""
    _all_kinds()
    rows: list[Any] = list(Row.kind._class_map)
    short = {
        (attribute.attr_name, name)
        for row in rows
        for name, attribute in row.get_attributes().items()
        if attribute.attr_name != name
    }
    assert set(_LINE.findall((ROOT / "docs/data-model.md").read_text("utf-8"))) == short


def test_hashes() -> None:
    attribute = HexAttribute()
    assert attribute.serialize("00ff10") == b"\x00\xff\x10"
    assert attribute.deserialize(b"\x00\xff\x10") == "00ff10"


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("raw/case_creation/0abc", "c:0abc"),
        ("raw/ad_hoc/0abc", "a:0abc"),
        ("raw/other/0abc", "raw/other/0abc"),
        ("sent/0abc", "sent/0abc"),
        ("0abc", "0abc"),
    ],
)
def test_keys_of_originals(key: str, stored: str) -> None:
    attribute = OriginalKeyAttribute()
    assert attribute.serialize(key) == stored
    assert attribute.deserialize(stored) == key
