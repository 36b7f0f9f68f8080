"""Events doubled, delayed, reordered and concurrent: some dozen seeds here, thousands in `make disorder`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from email_channels.aws.rows.table import Row
from email_channels.aws.stores import record_store
from email_channels.cases import sent_emails
from email_channels.cases.delivery_states import StateChange
from email_channels.cases.recipients import Recipient
from pynamodb.expressions.condition import Condition

from tests.support.reliability.disorder import Disorder
from tests.support.reliability.scenarios import REPAIRS, SCENARIOS, Scenario
from tests.support.reliability.simulation import open_simulation

SEEDS, SEEDS_OF_REPAIRS = range(30), range(12)
# The seeds of runs until one finds the missing safeguard.
TRIED = range(100, 250)


@pytest.fixture(scope="module")
def disorder() -> Iterator[Disorder]:
    with open_simulation() as simulation:
        yield Disorder(simulation)


@pytest.mark.parametrize("seed", SEEDS)
def test_disordered_run(disorder: Disorder, seed: int) -> None:
    run = disorder.run(seed)
    assert not run.wrong, str(run)
    assert run.schedule


@pytest.mark.parametrize("seed", SEEDS_OF_REPAIRS)
def test_disordered_repairs(disorder: Disorder, seed: int) -> None:
    run = disorder.run(seed, REPAIRS)
    assert not run.wrong, str(run)


def test_seed_repeats_run(disorder: Disorder) -> None:
    first, second = disorder.run(7), disorder.run(7)
    assert first == second


def _without_conditional_write(patched: pytest.MonkeyPatch) -> None:
    def put(row: Row, _: Condition | None = None) -> None:
        row.save()

    def put_case(others: Sequence[Row], row: Row, _: Condition | None = None) -> None:
        for one in (*others, row):
            one.save()

    patched.setattr(record_store, "_put_new", put)
    patched.setattr(record_store, "put_new_case", put_case)


def _without_merged_states(patched: pytest.MonkeyPatch) -> None:
    def last_word(recipients: tuple[Recipient, ...], changes: list[StateChange]) -> tuple[Recipient, ...]:
        for change in changes:
            recipients = tuple(replace(row, state=change.state, at=change.at) for row in recipients)
        return recipients

    patched.setattr(sent_emails, "merge_states", last_word)


_ARRIVALS = [scenario for scenario in SCENARIOS if scenario.name == "the same email twice"]


@pytest.mark.parametrize(
    ("take_out", "among"),
    [(_without_conditional_write, _ARRIVALS), (_without_merged_states, SCENARIOS)],
    ids=["conditional write", "merged states"],
)
def test_without_safeguard(
    disorder: Disorder, take_out: Callable[[pytest.MonkeyPatch], None], among: Sequence[Scenario]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        take_out(patched)
        assert any(disorder.run(seed, among).wrong for seed in TRIED)
