"""A flood of large emails with little processor time: every email is processed, and none is given up."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.cloudformation.template import read_template
from tests.support.paths import TEMPLATE
from tests.support.reliability.flood import Figures, Flood, FloodedEmail, Kind

EMAILS = 1_000


@pytest.fixture(autouse=True)
def _without_logs() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def figures() -> Figures:
    """As in the template."""
    resources: dict[str, Any] = read_template(TEMPLATE)["Resources"]
    queue, function = (resources[name]["Properties"] for name in ("InboundQueue", "InboundFunction"))
    [source] = [event["Properties"] for event in function["Events"].values() if event["Type"] == "SQS"]
    return Figures(
        batch_size=source["BatchSize"],
        timeout=function["Timeout"],
        visibility=queue["VisibilityTimeout"],
        max_receives=queue["RedrivePolicy"]["maxReceiveCount"],
        give_up_at=int(function["Environment"]["Variables"]["GIVE_UP_AT_RECEIVE"]),
        concurrency=source["ScalingConfig"]["MaximumConcurrency"],
    )


# Until 2026-11-29. Emails that were never tried were given up; now they would end as dead letters.
FORMER = Figures(batch_size=10, timeout=60, visibility=360, max_receives=5, give_up_at=5, concurrency=20)
# As many receives as there are now, but several emails share an invocation.
BATCHES = replace(FORMER, timeout=120, visibility=720, max_receives=10, batch_size=10)


def flood(
    figures: Figures, seconds: float, *, bad: float = 0.0, throttled: float = 0.0, longest: float | None = None
) -> Flood:
    """What became of a flood of emails. The share `bad` of them stalls or kills the process."""
    draw = random.Random(17)
    emails = [
        FloodedEmail(
            draw.choice([Kind.STALLS, Kind.KILLS]) if draw.random() < bad else Kind.GOOD,
            draw.uniform(seconds, longest or seconds),
            draw.uniform(0, 60),
        )
        for _ in range(EMAILS)
    ]
    simulated = Flood(figures, emails, throttled)
    simulated.run()
    return simulated


@pytest.mark.parametrize(("seconds", "longest"), [(7, 7), (7, 20), (20, 28)])
@pytest.mark.parametrize("bad", [0.0, 0.1])
@pytest.mark.parametrize("throttled", [0.0, 0.2])
def test_every_email(seconds: float, longest: float, bad: float, throttled: float) -> None:
    """Every email of the flood is processed."""
    end = flood(figures(), seconds, longest=longest, bad=bad, throttled=throttled)
    assert end.share(Kind.GOOD, "processed") == 1.0
    assert min(end.tries[number] for number in range(EMAILS)) >= 1
    if bad:
        assert end.share(Kind.STALLS, "given up") == 1.0
        assert end.share(Kind.KILLS, "given up") == 1.0


def test_stalled_email() -> None:
    """An email that stalls is given up within two hours."""
    end = flood(figures(), 7, bad=0.02)
    assert end.clock <= 2 * 3600


def test_batches() -> None:
    """Batches lost untried emails: each receive of ten emails had time for three, and five receives were all."""
    end = flood(FORMER, 7)
    assert end.share(Kind.GOOD, "dead letter") >= 0.15
    assert {end.outcomes[number] for number in range(EMAILS) if not end.tries[number]} == {"dead letter"}


def test_killing_email() -> None:
    """An email that kills its process delays no other. In a batch, it also ends the receives of nine others."""
    alone, together = (flood(these, 7, bad=0.1) for these in (figures(), BATCHES))
    assert _vain_receives(alone) == 0
    assert _vain_receives(together) > 0


def _vain_receives(end: Flood) -> int:
    """The tries of good emails beyond the first."""
    return sum(end.tries[number] - 1 for number, email in enumerate(end.emails) if email.kind is Kind.GOOD)
