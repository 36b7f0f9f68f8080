"""What the probes of a mailbox show, and their marks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.probes.mark import ProbeMark, probe_mark, read_probe_mark
from email_channels.cases.probes.probe import Probe, ProbeState
from email_channels.cases.references import SignedReference, SigningKeys, verify

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEYS = SigningKeys("a key")
BOX = "payroll@acme.example"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def genuine(reference: SignedReference) -> bool:
    return verify(reference, KEYS)


@pytest.mark.parametrize(
    ("probe", "state", "silent", "back"),
    [
        (Probe(BOX), ProbeState.OK, False, False),
        (Probe(BOX, at(50), at(50)), ProbeState.WAITING, False, False),
        (Probe(BOX, at(45), at(45)), ProbeState.WAITING, True, False),
        (Probe(BOX, at(59), at(45)), ProbeState.WAITING, True, False),
        (Probe(BOX, at(45), at(45), at(45), at(46)), ProbeState.OK, False, False),
        (Probe(BOX, at(59), at(45), at(45), at(46)), ProbeState.WAITING, False, False),
        (Probe(BOX, at(45), at(45), at(30), at(31)), ProbeState.WAITING, True, False),
        (Probe(BOX, at(59), at(45), at(30), at(31), at(45)), ProbeState.SILENT, False, False),
        (Probe(BOX, at(59), at(45), at(59), at(60), at(45)), ProbeState.OK, False, True),
        (Probe(BOX, at(59), at(45), at(45), at(60), at(45)), ProbeState.WAITING, False, True),
    ],
)
def test_state(probe: Probe, state: ProbeState, silent: bool, back: bool) -> None:
    assert (probe.state, probe.became_silent(at(60)), probe.came_back) == (state, silent, back)


def test_due() -> None:
    """A run that is a minute early or late makes no difference."""
    assert Probe(BOX).is_due(NOON, 15)
    assert [Probe(BOX, NOON).is_due(at(minutes), 15) for minutes in (0, 13, 14, 15, 30)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_seconds() -> None:
    """The seconds that a probe was under way; never fewer than none, as clocks differ."""
    assert Probe(BOX, NOON, NOON, NOON, at(0.2)).seconds == 12
    assert Probe(BOX, NOON, NOON, NOON, at(-1)).seconds == 0
    assert Probe(BOX, NOON).seconds is None


def test_mark() -> None:
    """A mark is read as it was written, from the first text that is one."""
    mark = probe_mark(BOX, NOON, KEYS)
    assert read_probe_mark(["", "x", f" {mark} "], genuine) == ProbeMark(mailbox_id(BOX), NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "probe",
        probe_mark(BOX, NOON, SigningKeys("another key")),
        probe_mark(BOX, NOON, KEYS).replace(mailbox_id(BOX), mailbox_id("other@acme.example")),
        probe_mark(BOX, NOON, KEYS).replace(".17", ".18"),
        probe_mark(BOX, NOON, KEYS) + "0",
        f"x{probe_mark(BOX, NOON, KEYS)}",
        "probe." + "0" * 32 + "." + "9" * 15 + ".000000",
        "probe." * 100_000,
    ],
)
def test_not_a_mark(text: str) -> None:
    assert read_probe_mark([text], genuine) is None
