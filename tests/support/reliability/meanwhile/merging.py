"""Cases that are merged, also at the moment when something else happens to them."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.intake.outcome_writing import OutcomeWriter

from tests.support.in_process.aws_calls import Killed
from tests.support.reliability.actions import answers, case_of, request_until_answered
from tests.support.reliability.mails import BOB, message
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.starting_states import an_email_to_move

LETTER = {"to": [BOB], "subject": "Your question", "text": "When was that?"}


def cases_to_merge(simulation: Simulation) -> None:
    """As `an_email_to_move`, and Zoë has a second case, into which the first one can be merged."""
    an_email_to_move(simulation)
    simulation.arrive(message(104, subject="Holidays"))
    simulation.settle()
    simulation.notes["twin"] = case_of(simulation, "Holidays")


def merge(simulation: Simulation) -> None:
    """An agent merges the first case into the second one."""
    notes = simulation.notes
    answer = simulation.request("agent", "POST", f"/cases/{notes['case']}/merge", {"into": notes["twin"]})
    assert answer.status == 200, answer


def a_stuck_merge(simulation: Simulation) -> None:
    """The process ended right after the first case was closed, and the agent did not retry."""
    cases_to_merge(simulation)

    def end(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MergeStore, "finish", end)
        path = f"/cases/{simulation.notes['case']}/merge"
        assert simulation.request("agent", "POST", path, {"into": simulation.notes["twin"]}).status == 502
    simulation.crashes -= 1  # it is none of those that are tried


def answers_while_merged(simulation: Simulation) -> None:
    """The case is merged between the pointer of an answer and its entry: the worker ended there, and comes back."""

    def end(*_: object) -> None:
        raise Killed

    answers(simulation, n=3)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OutcomeWriter, "_add_entry", end)
        for one in simulation.pending():
            simulation.deliver(one)
    simulation.crashes -= 1  # it is none of those that are tried
    merge(simulation)


def send_then_merge(simulation: Simulation) -> None:
    """SES has taken an agent's email, the process ended before it noted that, and then the case was merged."""
    send_email = SesClient.send

    def send_and_end(*arguments: Any, **more: Any) -> None:
        send_email(*arguments, **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "send", send_and_end)
        path = f"/cases/{simulation.notes['case']}/emails"
        assert simulation.request("agent", "POST", path, LETTER, {"idempotency-key": "key-2"}).status == 502
    simulation.crashes -= 1
    merge(simulation)


def sent_and_merged(simulation: Simulation) -> None:
    """As above."""
    cases_to_merge(simulation)
    send_then_merge(simulation)


def send_again(simulation: Simulation) -> None:
    """The agent repeats the request: it was made before the case was merged."""
    path = f"/cases/{simulation.notes['case']}/emails"
    assert request_until_answered(simulation, "agent", "POST", path, LETTER, "key-2").status == 202
