"""Reads lag behind what is stored, and schedules run twice: nobody is told twice, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from email_channels.cases.references import case_reference

from tests.support.reliability.actions import KEYS
from tests.support.reliability.crashes import finish, prepared
from tests.support.reliability.index_lag import LINKED_BY_INDEX, lagging_reads
from tests.support.reliability.invariants import violations
from tests.support.reliability.mails import EVE, ZOE, message
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.use_cases import USE_CASES, UseCase

OF_EVENTS = {"inbound", "notify", "delivery", "purge", "reconcile"}
TRIED = [one for one in USE_CASES if one.function in OF_EVENTS and one.name not in LINKED_BY_INDEX]


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Simulation, bytes]]:
    with open_simulation() as simulation:
        yield simulation, simulation.save()


@pytest.fixture
def simulation(made: tuple[Simulation, bytes]) -> Simulation:
    made[0].restore(made[1])
    return made[0]


@pytest.mark.parametrize("use_case", TRIED, ids=lambda one: one.name)
def test_lag(simulation: Simulation, use_case: UseCase) -> None:
    with prepared(use_case, simulation):
        saved = simulation.save()
        use_case.act(simulation)
        finish(simulation)
        expected = _sent(simulation)
        for writes in (1, 100):
            simulation.restore(saved)
            with lagging_reads(simulation, writes):
                _twice(simulation, use_case)
                finish(simulation)
            assert violations(simulation) == []
            assert _sent(simulation) == expected, f"{writes} writes behind"


def _twice(simulation: Simulation, use_case: UseCase) -> None:
    """The schedules run twice at the same moment. For the second run, the index still names what the first has done."""
    use_case.act(simulation)
    for one in simulation.pending():
        if one.function in {"reconcile", "purge"}:
            simulation.repeat(one)


def _sent(simulation: Simulation) -> Counter[tuple[str, ...]]:
    """How often each email was sent to whom."""
    return Counter((*sorted(one.tags.values()), *one.to) for one in simulation.sent)


def _employ(simulation: Simulation, address: str) -> None:
    body = {"name": "Somebody", "emails": [address]}
    assert simulation.request("admin", "PUT", f"/employees/{address}", body).status == 201


def test_added_just_now(simulation: Simulation) -> None:
    """An employee who was added just now is found by intake, and so is a case to which a reply comes at once."""
    _employ(simulation, ZOE)
    with lagging_reads(simulation, 100):
        _employ(simulation, EVE)
        simulation.arrive(message(1, sender=EVE), sender=EVE)
        simulation.settle()
        partitions = [key.value for key in simulation.storage.table_items()]
        (case_id,) = (pk.removeprefix("CASE#") for pk in partitions if pk.startswith("CASE#"))
        subject = f"Re: {case_reference(case_id, KEYS)}"
        simulation.arrive(message(2, sender=EVE, subject=subject), "ad_hoc", sender=EVE)
        (sent,) = (one.message_id for one in simulation.sent if one.kind == "acknowledgement")
        simulation.arrive(message(3, In_Reply_To=f"<{sent}>"))
        simulation.settle()
    assert simulation.get("/unprocessed")["items"] == []
    assert len(simulation.get("/cases")["items"]) == 1
    inbound = [one for one in simulation.get(f"/cases/{case_id}/emails")["items"] if one["direction"] == "inbound"]
    assert len(inbound) == 3
