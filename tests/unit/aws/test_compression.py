"""Contents are packed small, and are read as they were written, with each dictionary that was ever released."""

from __future__ import annotations

import hashlib
import json
import zlib

import pytest
from email_channels.aws.rows import compression, dictionaries
from email_channels.aws.rows.compression import pack, pack_content, unpack, unpack_content
from email_channels.cases.history import Content
from email_channels.cases.trace import RuleResult, RuleVerdict

RELEASED = {1: (0xFC339430, "a5fea0122ae12de4045320152682f2f518712c50e3ac362f0ff155689e1ff4d2")}
"""DICTID and SHA-256 of each dictionary. Lines are added here, and never changed."""

TEXT = "\nHello,\n\nmy payslip for October is missing. Could you send it again?\n\nKind regards\nZoë\n"
HEADERS = (
    ("From", "Zoe Hartmann <zoe.hartmann@acme.example>"),
    ("To", "payroll@acme.example"),
    ("Subject", "My payslip"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
)
TRACE = (
    RuleResult("channel_enabled", RuleVerdict.PASS),
    RuleResult("readable", RuleVerdict.NOTE),
    RuleResult("authentication", RuleVerdict.PASS, "The From address is proven.", {"spf": "PASS", "dkim": "PASS"}),
    RuleResult("rate_limit", RuleVerdict.PASS, "", {"opened_this_hour": 0}),
    RuleResult("routing", RuleVerdict.PASS, "To the default group."),
    RuleResult("new_case", RuleVerdict.STOP, "It becomes a new case."),
)


@pytest.mark.parametrize("number", sorted(RELEASED))
def test_released_dictionaries(number: int) -> None:
    """A released dictionary never changes: contents that were written with it could not be read any more."""
    dictionary = dictionaries.build(number)
    assert (zlib.adler32(dictionary), hashlib.sha256(dictionary).hexdigest()) == RELEASED[number]


def test_dictionaries_are_known() -> None:
    """Each released dictionary is found by its DICTID, and new streams use one of them."""
    assert {dictid: number for number, (dictid, _) in RELEASED.items()} == dictionaries.FILES
    assert dictionaries.CURRENT in dictionaries.FILES
    assert int.from_bytes(pack({})[2:6], "big") == dictionaries.CURRENT


@pytest.mark.parametrize("number", sorted(RELEASED))
def test_size_of_dictionaries(number: int) -> None:
    """A match of zlib reaches back 32 KB: a longer dictionary would lose its beginning."""
    assert len(dictionaries.build(number)) <= 32 * 1024


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        (TEXT, TEXT.strip()),
        (TEXT, "my payslip for October is missing. Could you send it again?\n\nKind regards\nZoë"),
        (TEXT, "Missing payslip"),
        (TEXT, TEXT),
        (TEXT, None),
        (None, "An email without text"),
        (None, None),
        ("", "An email without text"),
        (" \n", "A blank email"),
        ("\u2028\u00a0Straße 😀 \u3000", "Straße 😀"),
        ("true", "true"),
    ],
)
def test_content(text: str | None, issue: str | None) -> None:
    """A content is read as it was written, whatever the issue has to do with the text."""
    content = Content(text, "<p>Hello</p>", HEADERS, TRACE, issue)
    read = unpack_content(pack_content(content))
    assert read == Content(text or None, "<p>Hello</p>", HEADERS, TRACE, issue)
    assert [type(row.evidence) for row in read.trace] == [dict] * len(TRACE)


def test_lone_surrogates() -> None:
    """Lone surrogates from hostile mail are replaced in the text, and at the same place in the issue."""
    content = Content("\ud83d\ude00 a \udcff b c", None, issue="\udcff b")
    assert unpack_content(pack_content(content)) == Content("?? a ? b c", None, issue="? b")


def test_issue_is_stored_once() -> None:
    """An issue that is the text, or a part of it, is not stored again."""
    without = len(pack_content(Content(TEXT, None, HEADERS, TRACE)))
    for issue in (TEXT.strip(), TEXT[10:60]):
        assert len(pack_content(Content(TEXT, None, HEADERS, TRACE, issue))) <= without + 12


def test_size_of_a_short_email() -> None:
    """What most emails have in common takes few bytes."""
    content = Content(TEXT, None, HEADERS, TRACE, TEXT.strip())
    # 423 bytes without the dictionary.
    assert len(pack_content(content)) <= 200


def test_content_without_dictionary() -> None:
    """Contents of plain zlib, with all rows of the trace and the issue in full, are read, too."""
    document = {
        "text": TEXT,
        "headers": HEADERS,
        "trace": [[row.rule, row.verdict.value, row.detail, dict(row.evidence)] for row in TRACE],
        "issue": TEXT.strip(),
    }
    packed = zlib.compress(json.dumps(document).encode())
    assert unpack_content(packed) == Content(TEXT, None, HEADERS, TRACE, TEXT.strip())


def test_earlier_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream names its dictionary, so it is read after another one became current."""
    packed = pack(["Kind regards"])
    monkeypatch.setattr(dictionaries, "CURRENT", 0)
    assert unpack(packed) == ["Kind regards"]


def test_unknown_dictionary() -> None:
    """A stream that names an unknown dictionary is damaged."""
    compressor = zlib.compressobj(zdict=b"some other dictionary")
    packed = compressor.compress(b'"some other dictionary"') + compressor.flush()
    with pytest.raises(ValueError, match="unknown dictionary 0x"):
        unpack(packed)


@pytest.mark.parametrize("dictionary", [True, False])
def test_damage(dictionary: bool) -> None:
    """Damaged bytes are refused, wherever the damage is."""
    packed = pack(TEXT) if dictionary else zlib.compress(json.dumps(TEXT).encode())
    for broken in (b"", packed[:1], packed[:4], packed[:20], packed[:-1], packed[:-1] + bytes([packed[-1] ^ 1])):
        with pytest.raises(ValueError, match="stored content"):
            unpack(broken)


@pytest.mark.parametrize("dictionary", [True, False])
def test_limits(dictionary: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly at the limit is unpacked, one byte more is not."""
    text = "a" * 9_998
    packed = pack(text) if dictionary else zlib.compress(json.dumps(text).encode())
    monkeypatch.setattr(compression, "MAX_UNPACKED_BYTES", 10_000)
    assert unpack(packed) == text
    monkeypatch.setattr(compression, "MAX_UNPACKED_BYTES", 9_999)
    with pytest.raises(ValueError, match="too large"):
        unpack(packed)
