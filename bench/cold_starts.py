"""How long a new process takes until it is ready for its first event, against the bare clients that it needs."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from bench.figures import Figure
from tests.support.paths import ROOT

PART: Final = "cold starts"

_NEEDS: Final = {
    "inbound": ("s3", "dynamodb"),
    "agent_api": ("s3", "dynamodb"),
    "adhoc_send": ("s3", "dynamodb", "sesv2"),
    "notify": ("s3", "dynamodb", "sesv2"),
    "delivery": ("dynamodb",),
    "purge": ("s3", "dynamodb"),
    "reconcile": ("s3", "dynamodb", "sesv2", "sqs"),
    "jobs": ("s3", "dynamodb", "sqs"),
}
"""The clients of each function."""

_OWN: Final = {"s3": "s3", "dynamodb": "dynamodb", "sesv2": "ses", "sqs": "sqs"}
"""Their names in `email_channels.aws.clients`."""

_WANTED: Final = {"inbound": 1.35}
_WANTED_OTHERS: Final = 1.4
_WANTED_PACKAGE_MS: Final = 60.0
_ROUNDS: Final = 7


def figures() -> Iterator[Figure]:
    """The ratio of CPU times for each function, and the import of the package beyond the libraries that it needs."""
    for function, services in _NEEDS.items():
        ours = f"import functions.{function}.app\nfrom email_channels.aws import clients\n" + "".join(
            f"clients.{_OWN[service]}()\n" for service in services
        )
        bare = "import boto3\n" + "".join(f"boto3.client({service!r})\n" for service in services)
        ratio, floor = _compare(ours, bare)
        wanted = _WANTED.get(function, _WANTED_OTHERS)
        yield Figure(PART, f"CPU of {function} against its clients", ratio, "times", wanted, floor * 1000, "ms")
    yield Figure(PART, "import of our own modules for inbound", _own_modules(), "ms", _WANTED_PACKAGE_MS)


def _compare(ours: str, bare: str) -> tuple[float, float]:
    """The median of the ratios of CPU seconds, and the median of those of `bare`. Both run in turns."""
    for script in (ours, bare):
        _run(script)  # compiles
    rounds = [(_run(ours), _run(bare)) for _ in range(_ROUNDS)]
    return statistics.median(one / other for one, other in rounds), statistics.median(other for _, other in rounds)


def _run(script: str) -> float:
    """The CPU seconds of a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _own_modules() -> float:
    """Milliseconds of the package's own modules, as `-X importtime` gives them (self times, without the libraries')."""
    times = []
    for _ in range(_ROUNDS):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", "import functions.inbound.app"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "AWS_REGION": "eu-west-1"},
        )
        lines = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
        own = [line for line in lines if line[2].strip().startswith(("email_channels", "functions"))]
        times.append(sum(int(line[0]) for line in own) / 1000)
    return statistics.median(times)
