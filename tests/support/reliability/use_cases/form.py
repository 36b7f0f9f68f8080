"""The form of a use case, and what many of one kind have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.reliability.actions import (
    request_until_answered,
)
from tests.support.reliability.deliveries import Function
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.starting_states import (
    a_directory,
)

QUIET = {"ACKNOWLEDGE_SENDER": "false", "DEFAULT_SERVICE_GROUP_ADDRESS": ""}
"""Settings with which nobody is told of a new case."""


def _nothing(_: Simulation) -> None:
    return


@dataclass(frozen=True)
class UseCase:
    """`act` adds pending deliveries, or calls the API. From then on, the calls of `function` are counted and can be
    killed.

    `setup` runs before that, without crashes, and all its deliveries are made. The simulation retries deliveries that
    were killed. `act` retries requests, as their senders do. `vital`: every run of the tests tries some pairs of
    crashes, and some faults of AWS. `faulted`: some faults only. `broken` holds replacements for names of the product,
    such as a function that always raises.
    """

    name: str
    function: Function
    act: Callable[[Simulation], None]
    setup: Callable[[Simulation], None] = _nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    vital: bool = False
    faulted: bool = False
    broken: Mapping[str, object] = field(default_factory=dict)


def by_hand(
    name: str,
    setup: Callable[[Simulation], None],
    method: str,
    path: str,
    body: Mapping[str, str] | str | None = None,
    **more: Any,
) -> UseCase:
    """A request by an admin. In `path` and `body`, `{name}` stands for the simulation's note of this name."""

    def act(simulation: Simulation) -> None:
        filled: object = body
        if isinstance(body, Mapping):
            filled = {key: value.format_map(simulation.notes) for key, value in body.items()}
        answer = request_until_answered(simulation, "admin", method, path.format_map(simulation.notes), filled)
        # A repeated request may find it done.
        assert answer.status in {200, 201, 202, 204, 404, 409}, answer

    environment = QUIET | more.pop("environment", {})
    return UseCase(f"by hand: {name}", "agent_api", act, setup, environment, **more)


def intake(
    name: str, act: Callable[[Simulation], None], setup: Callable[[Simulation], None] = a_directory, **more: Any
) -> UseCase:
    """A use case of the function `inbound`."""
    environment = QUIET | more.pop("environment", {})
    return UseCase(f"intake: {name}", "inbound", act, setup, environment, **more)
