"""Event patterns of EventBridge rules."""

from typing import Any

import pytest

from local.errors import UserError
from local.events.event_patterns import matcher

EVENT = {
    "source": "aws.ses",
    "count": 1,
    "on": True,
    "none": None,
    "detail": {"tags": {"set": ["a", "b"]}},
    "empty": [],
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({}, True),
        ({"source": ["aws.ses"]}, True),
        ({"source": ["aws.s3", "aws.ses"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": []}, False),
        ({"count": [1]}, True),
        ({"on": [1]}, False),
        ({"count": [True]}, False),
        ({"none": [None]}, True),
        ({"missing": [None]}, False),
        ({"detail": {"tags": {"set": ["b"]}}}, True),
        ({"detail": {"tags": {"set": ["c"]}}}, False),
        ({"source": {"deeper": ["x"]}}, False),
        ({"source": ["aws.ses"], "detail": {"other": ["x"]}}, False),
        ({"empty": ["x"]}, False),
        ({"source": [{"exists": True}]}, True),
        ({"nothing": [{"exists": True}]}, False),
        ({"detail": [{"exists": True}]}, False),  # only values exist
    ],
)
def test_matches(pattern: dict[str, Any], matches: bool) -> None:
    assert matcher(pattern)(EVENT) is matches


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({"source": [{"exists": False}]}, "does not support the operator exists"),
        ({"source": [{"prefix": "aws."}]}, "does not support the operator prefix"),
        ({"$or": [{"source": ["a"]}]}, r"does not support \$or"),
        ({"source": "aws.ses"}, "source must be a list or an object"),
    ],
)
def test_unsupported_pattern(pattern: dict[str, Any], words: str) -> None:
    """The error names what is not supported."""
    with pytest.raises(UserError, match=words):
        matcher(pattern)
