"""The core accepts generated and mutated messages: a few in this test, many with `make fuzz`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.example_mails import all_mails
from tests.support.generated.messages import check, messages, mutated, swollen

MAILS = all_mails()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(messages())
def test_generated(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize("run", range(4))
def test_mutated(run: int) -> None:
    for number in range(25):
        check(mutated(MAILS, f"{run}:{number}", largest=20_000))


@pytest.mark.parametrize("run", range(4))
def test_swollen(run: int) -> None:
    for number in range(15):
        check(swollen(f"{run}:{number}", size=20_000))


@pytest.mark.parametrize("piece", [b"[", b"#", b" ", b"(", b"=?utf-8?B?", b"a@", b"a,", b"<"])
@pytest.mark.parametrize("name", [b"Subject", b"From", b"Date", b"Content-Type", b"References"])
def test_long_field(name: bytes, piece: bytes) -> None:
    """The longest field that is read, a quarter of a megabyte, takes no quadratic time."""
    check(name + b": x " + piece * (250_000 // len(piece)) + b"\n\nHi\n")
