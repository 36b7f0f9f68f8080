"""The keys by which clients repeat requests."""

from __future__ import annotations

import json

import pytest
from email_channels.api.idempotency import optional_key, read_key, request_hash
from email_channels.errors import Invalid


@pytest.mark.parametrize("key", [None, "", "  ", "x" * 256, "a\nb"])
def test_wrong_key(key: str | None) -> None:
    with pytest.raises(Invalid) as invalid:
        read_key(key)
    assert [error.field for error in invalid.value.errors] == ["Idempotency-Key"]


def test_key() -> None:
    assert read_key(" " + "x" * 255) == "x" * 255


def test_request_hash() -> None:
    """The same request has the same hash."""
    assert request_hash({"a": 1, "b": ["ü"]}) == request_hash(json.loads('{"b": ["\\u00fc"], "a": 1}'))
    assert request_hash({"a": 1}) != request_hash({"a": 2})


def test_optional_key() -> None:
    """A request may have no key, but not a malformed one."""
    assert (optional_key(None), optional_key(" a ")) == (None, "a")
    for key in ("", " ", "x" * 256, "a\nb"):
        with pytest.raises(Invalid):
            optional_key(key)
