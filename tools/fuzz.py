"""Runs the core on many generated inputs: `make fuzz N=100000`.

Three of four inputs are mutations of the example mails, each with a seed of its own. The others are made by Hypothesis,
which finds the smallest input that fails: `KINDS` lists what they are and what is checked. The core must raise nothing,
and its results must be consistent (see `tests/support/generated/messages.py`). A megabyte may take one second of CPU at
most. No process may grow by more than 400 MB. Each regular expression is measured on hostile texts, too: the time per
character must not grow with the length (see `tests/support/adversarial_texts.py`).

`make fuzz SEED=7:123` repeats one mutation. Mutations that fail are kept in build/fuzz. `ARGS="--only envelopes"` runs
one kind alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import HypothesisException
from hypothesis.strategies import SearchStrategy

from bench.peak_memory import peak_memory
from tests.support.adversarial_texts import slow_text
from tests.support.example_mails import all_mails
from tests.support.generated.envelopes import check_envelope, envelopes
from tests.support.generated.identities import check_identities, email_pairs
from tests.support.generated.messages import check, messages, mutated, swollen
from tests.support.generated.notices import check_notices, hostile_senders
from tests.support.regular_expressions import expressions

_ROOT: Final = Path(__file__).resolve().parent.parent
_KEPT: Final = _ROOT / "build" / "fuzz"
_SECONDS_A_MEGABYTE: Final = 1.0
_PASSES: Final = 2.5  # `check` takes that many times as long as parsing: it parses twice, and does more
_HANGS_AFTER: Final = 60  # seconds of CPU
_MOST_MEMORY: Final = 400  # MB that a process may grow by, with messages of up to 1 MB
_BATCH: Final = 500
_EXPRESSIONS: Final = 10  # in one batch
_TEXTS: Final = 5  # one text for regular expressions for that many messages
_EACH_SWOLLEN: Final = 50  # one of that many messages has something half a megabyte long in it


@dataclass(frozen=True, slots=True)
class Kind:
    """Inputs that Hypothesis makes: one of `one_of` inputs of a run. `check` raises for an input that fails."""

    one_of: int
    inputs: Callable[[], SearchStrategy[Any]]
    check: Callable[[Any], None]


KINDS: Final = {
    "messages": Kind(10, messages, check),
    # Hostile SMTP envelopes: the local stack writes SES's header block, `read_ses_headers` reads it.
    "envelopes": Kind(20, envelopes, check_envelope),
    # Pairs of emails whose headers end in unusual ways: different emails have different identities.
    "identities": Kind(20, email_pairs, check_identities),
    # Hostile senders and subjects: every notice can be written, and goes to nobody but its recipients.
    "notices": Kind(20, hostile_senders, check_notices),
}


@dataclass(slots=True)
class Batch:
    """The result of one range of seeds. `slowest` is seconds of CPU, seed and bytes; `grown` is in MB."""

    done: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str, int] = (0.0, "", 0)
    grown: float = 0.0


class _Hang(Exception):
    """The core took more than `_HANGS_AFTER` seconds for one message."""


def main() -> int:
    """The command. Exit status 1 if an input failed, or a process grew too much."""
    parser = argparse.ArgumentParser(
        prog="make fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("-n", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", default="", help="the seed of the run, or of one mutation (RUN:NUMBER)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes run at the same time")
    parser.add_argument("--only", choices=KINDS, help="make only inputs of this kind, by Hypothesis")
    arguments = parser.parse_args()
    seed: str = arguments.seed or str(random.SystemRandom().randrange(1_000_000))
    if ":" in seed:
        batch = _mutations((seed.split(":")[0], int(seed.split(":")[1]), 1))
        print("\n".join(batch.failures) or f"nothing wrong: {batch.slowest[0]:.2f} s, {batch.slowest[2]} bytes")
        return 1 if batch.failures else 0

    count: int = arguments.n
    shares = {arguments.only: count} if arguments.only else {name: count // kind.one_of for name, kind in KINDS.items()}
    mutations = count - sum(shares.values())
    print(f"seed {seed}: {count} inputs, {mutations} of them mutations", flush=True)
    work = [(seed, start, min(_BATCH, mutations - start)) for start in range(0, mutations, _BATCH)]
    total = Batch()
    begin = time.monotonic()
    os.environ["LOG_LEVEL"] = "CRITICAL"  # for the workers: hostile senders leave templates without values
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        generated = [
            pool.apply_async(_generated, (name, f"{seed}.{number}", min(_BATCH, share - number)))
            for name, share in shares.items()
            for number in range(0, share, _BATCH)
        ]
        patterns = 0 if arguments.only else len(expressions())
        generated += [
            pool.apply_async(_expressions, (seed, start, max(1, count // _TEXTS // patterns)))
            for start in range(0, patterns, _EXPRESSIONS)
        ]
        for number, batch in enumerate(pool.imap_unordered(_mutations, work), start=1):
            _add(total, batch)
            if number % 20 == 0:
                print(
                    f"  {total.done} after {time.monotonic() - begin:.0f} s, {len(total.failures)} failed", flush=True
                )
        for result in generated:
            _add(total, result.get())
    for failure in total.failures[:50]:
        print(failure)
    took, which, size = total.slowest
    print(
        f"{total.done} inputs in {time.monotonic() - begin:.0f} s, {len(total.failures)} failed; the slowest took"
        f" {took:.2f} s ({size / 1e6:.2f} MB, seed {which}); no process grew by more than {total.grown:.0f} MB"
    )
    if total.grown > _MOST_MEMORY:
        print(f"That is more than {_MOST_MEMORY} MB.")
    return 1 if total.failures or total.grown > _MOST_MEMORY else 0


def _add(total: Batch, batch: Batch) -> None:
    total.done += batch.done
    total.failures.extend(batch.failures)
    total.slowest = max(total.slowest, batch.slowest)
    total.grown = max(total.grown, batch.grown)


def _mutations(work: tuple[str, int, int]) -> Batch:
    seed, start, count = work
    mails = all_mails()
    batch = Batch()
    before = peak_memory()
    for number in range(start, start + count):
        make = swollen if number % _EACH_SWOLLEN == 0 else partial(mutated, mails)
        _try(f"{seed}:{number}", make(f"{seed}:{number}"), batch)
    batch.grown = (peak_memory() - before) / 2**20
    return batch


def _generated(name: str, seed: str, count: int) -> Batch:
    kind = KINDS[name]
    batch = Batch()
    begin = time.process_time()

    @seeded(seed)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(kind.inputs())
    def holds(made: Any) -> None:
        batch.done += 1
        kind.check(made)

    try:
        holds()
    except HypothesisException as error:
        batch.failures.append(f"{name}, seed {seed}: {error}")
    except Exception:  # noqa: BLE001  # any exception is a finding
        batch.failures.append(f"{name}, seed {seed}:\n{traceback.format_exc(limit=-6)}")
    batch.slowest = (0.0, f"{name} {seed}: {time.process_time() - begin:.0f} s in all", 0)
    return batch


def _expressions(seed: str, start: int, texts: int) -> Batch:
    """Measures `_EXPRESSIONS` regular expressions, each on so many texts."""
    batch = Batch()
    for expression in expressions()[start : start + _EXPRESSIONS]:
        batch.done += texts
        if slow := slow_text(expression, seed, texts):
            batch.failures.append(f"{expression.where} is slow, seed {seed}: {slow}")
    return batch


def _try(name: str, raw: bytes, batch: Batch) -> None:
    def hang(_signal: int, _frame: object) -> None:
        raise _Hang

    faulthandler.enable()
    signal.signal(signal.SIGVTALRM, hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, _HANGS_AFTER)
    begin = time.process_time()
    problem = ""
    try:
        check(raw)
    except _Hang:
        problem = f"hangs: more than {_HANGS_AFTER} s\n{traceback.format_exc(limit=-4)}"
    except Exception:  # noqa: BLE001  # any exception is a finding
        problem = traceback.format_exc(limit=-4)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = (time.process_time() - begin) / _PASSES
    batch.done += 1
    batch.slowest = max(batch.slowest, (took, name, len(raw)))
    if not problem and took > _SECONDS_A_MEGABYTE * max(1.0, len(raw) / 1e6):
        problem = f"{took:.2f} s for {len(raw) / 1e6:.2f} MB"
    if problem:
        _KEPT.mkdir(parents=True, exist_ok=True)
        kept = _KEPT / f"{name.replace(':', '-')}.eml"
        kept.write_bytes(raw)
        batch.failures.append(f"seed {name} ({kept.relative_to(_ROOT)}): {problem}")


if __name__ == "__main__":
    sys.exit(main())
