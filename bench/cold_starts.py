"""How long a new process takes until it is ready for its first event, against the bare clients that it needs.

Both sides have bytecode, as the layer has, and credentials in the environment, as Lambda gives them. Ours has the data
of botocore that the layer has (`layers/common/sdk_data.py`). The clients that it is compared with have all of it, as in
Lambda's runtime. CPU time is compared, so that the machine may do other things.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import botocore
from sdk_data import cut_data

from bench.deadline import Deadline
from bench.figures import Figure
from tests.support.paths import ROOT

PART: Final = "cold starts"

_NEEDS: Final = {
    "inbound": ("s3", "dynamodb"),
    "agent_api": ("s3", "dynamodb"),
    "adhoc_send": ("s3", "dynamodb", "sesv2"),
    "notify": ("s3", "dynamodb", "sesv2"),
    "events": ("events", "dynamodb"),
    "delivery": ("dynamodb",),
    "purge": ("s3", "dynamodb"),
    "reconcile": ("s3", "dynamodb", "sesv2", "sqs"),
    "jobs": ("s3", "dynamodb", "sqs"),
}
"""The clients of each function."""

_NEEDS_OF_SETUP: Final = ("ses", "sesv2", "events")
_SETUP: Final = "import functions.setup.app as app\napp._account({'RequestType': 'Delete'})"

_OWN: Final = {"sesv2": "ses"}
"""Their names in `email_channels.aws.clients`, where they differ."""

_WANTED: Final = {"inbound": 1.35}
_WANTED_OTHERS: Final = 1.4
_WANTED_PACKAGE_MS: Final = 60.0
_ROUNDS: Final = 9
_WHY_OF_PACKAGE: Final = (
    "each of 250 modules takes 0.2 ms, more on a busy machine; the whole cold start takes less than the floor"
)

_OWN_MODULES: Final = """
import _frozen_importlib as importer, json, sys, time
spent, inner, find = {}, [], importer._find_and_load
def timed(name, import_):
    begun = time.process_time()
    inner.append(0.0)
    try:
        return find(name, import_)
    finally:
        took = time.process_time() - begun
        spent[name] = took - inner.pop()
        if inner:
            inner[-1] += took
importer._find_and_load = timed
import functions.inbound.app
print(json.dumps(sum(took for name, took in spent.items() if name.split(".")[0] in ("email_channels", "functions"))))
"""
"""`python -X importtime`, but in CPU time: each module without those that it imports."""

_FIRST_EMAIL: Final = """
import random, sys
from datetime import UTC, datetime
import functions.inbound.app
from email_channels.cases.channels import Channel
from email_channels.intake.arrival import read_arrival
from email_channels.mail.replies import visible_reply
from bench.standard_mix import short_text
raw = short_text(random.Random(2026))
if sys.argv[1] == "read":
    message = read_arrival(raw, "originals/x", Channel.CASE_CREATION, datetime(2026, 11, 3, tzinfo=UTC)).message
    visible_reply(message.text or "")
"""


def figures(deadline: Deadline) -> Iterator[Figure]:
    """The ratio of CPU times for each function; the import of our own modules; what the first email compiles."""
    with tempfile.TemporaryDirectory() as folder:
        bare = _environment(Path(folder))
        layer = bare | {"PYTHONPATH": str(_with_cut_data(Path(folder)))}
        floors = {}
        for function, services in _NEEDS.items():
            ours = f"import functions.{function}.app\nfrom email_channels.aws import clients\n" + "".join(
                f"clients.{_OWN.get(service, service)}()\n" for service in services
            )
            ratio, floors[function] = _compare(
                (ours, layer), (_bare_clients(services), bare), deadline.rounds(f"cold starts of {function}", _ROUNDS)
            )
            wanted = _WANTED.get(function, _WANTED_OTHERS)
            floor = floors[function] * 1000
            yield Figure(PART, f"CPU of {function} against its clients", ratio, "times", wanted, floor, "ms")
        # It has no layer, and makes its clients as it needs them: the preflight of a deployment needs the most at once.
        turns = deadline.rounds("cold starts of setup", _ROUNDS)
        ratio, floor = _compare((_SETUP, bare), (_bare_clients(_NEEDS_OF_SETUP), bare), turns)
        yield Figure(PART, "CPU of setup against its clients", ratio, "times", _WANTED_OTHERS, floor * 1000, "ms")
        imports = deadline.rounds("imports of our own modules", _ROUNDS)
        own = min(float(_output(_OWN_MODULES, layer)) for _ in imports) * 1000
        name, floor = "import of our own modules for inbound", floors["inbound"] * 1000
        yield Figure(PART, name, own, "ms", _WANTED_PACKAGE_MS, floor, "ms", _WHY_OF_PACKAGE)
        reads = deadline.rounds("reading of the first email", _ROUNDS)
        first = [_run(_FIRST_EMAIL, layer, "read") - _run(_FIRST_EMAIL, layer, "not") for _ in reads]
        yield Figure(PART, "reading of the first email, a short text", statistics.median(first) * 1000, "ms")


def _bare_clients(services: Iterable[str]) -> str:
    return "import boto3\n" + "".join(f"boto3.client({service!r})\n" for service in services)


def _environment(folder: Path) -> dict[str, str]:
    """The variables of both sides. Bytecode goes into a folder of its own: the machine may forbid it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }


def _with_cut_data(folder: Path) -> Path:
    """A folder for PYTHONPATH with botocore as the layer has it: the same code, and the cut data."""
    installed = Path(botocore.__file__).parent
    package = folder / "layer" / "botocore"
    package.mkdir(parents=True)
    for path in installed.iterdir():
        if path.name != "data":
            (package / path.name).symlink_to(path)
    cut_data(installed / "data", package / "data")
    return package.parent


def _compare(
    ours: tuple[str, Mapping[str, str]], bare: tuple[str, Mapping[str, str]], turns: Iterable[int]
) -> tuple[float, float]:
    """The median of the ratios of CPU seconds, and the median of those of `bare`. Both run in turns."""
    for side in (ours, bare):
        _run(*side)  # compiles
    rounds = [(_run(*ours), _run(*bare)) for _ in turns]
    return statistics.median(one / other for one, other in rounds), statistics.median(other for _, other in rounds)


def _run(script: str, environment: Mapping[str, str], *arguments: str) -> float:
    """The CPU seconds of a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _output(script, environment, *arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _output(script: str, environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout
