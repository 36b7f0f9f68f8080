"""Emails of the standard mix through the running system: CPU of the functions, and how long an agent waits.

The CPU of AWS does not count: the AWS of the local stack is a process of its own, and its judge of permissions, which
runs in the workers, is off. A first round is not measured, because workers start in it. The floor reads the same
emails from the same bucket, parses them with mail-parser, and writes one item each, with bare boto3.
"""

from __future__ import annotations

import os
import random
import re
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any, Final
from unittest.mock import patch

from bench.deadline import Deadline
from bench.figures import Figure
from bench.standard_mix import MIX
from bench.worker_times import cpu_seconds, started_at
from local.lambda_.worker_pools import UNJUDGED_VARIABLE
from tests.support.reliability.child_processes import processes
from tests.support.system.casework import write_email
from tests.support.system.system_client import ANSWERS, PAYROLL, SystemClient, system

PART: Final = "inbound"
LATENCY: Final = "latency"
WHOLE_WAIT: Final = "SMTP's 250 to the case readable"

PEERS: Final = {"Roundup": 4.4, "django-helpdesk": 4.0, "RT": 31}
"""How many times the CPU of a bare parse other systems took for an email, measured once, in November 2026."""

_SENDER: Final = "kim.lee@acme.example"
_EMAILS_A_ROUND: Final = 50
_ROUNDS: Final = 7
_WARM_UP: Final = 10
_COLD: Final = 5
_WAITS: Final = 30
_READS: Final = 5
_WANTED_FLOOR: Final = 2.1
_WANTED_PARSE: Final = 2.8
_WANTED_P95: Final = 2.0
_WHY_OF_FLOOR: Final = (
    "Three fifths are calls to AWS: 4.7 for an email, where the floor makes two; each takes little more than one of "
    "the floor, and botocore makes both (see Where the CPU of an email goes)."
)
_WHY_OF_PARSE: Final = (
    "Three fifths are calls to AWS through botocore, 4.7 for an email, and a parse makes none; they alone take as long "
    "as two bare parses (see Where the CPU of an email goes)."
)
_FLOOR_CALLS: Final = 2
_OF_AN_EMAIL: Final = ("inbound", "notify", "events")
"""The functions that each email starts. Schedules start others while emails are measured."""

_SUBJECT: Final = re.compile(rb"^Subject: [^\r\n]*", re.MULTILINE)


@dataclass
class _Measured:
    """Of one run of the system. Seconds; each list has one number for a round or for an email."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    parse: list[float] = field(default_factory=list)
    by_function: dict[str, float] = field(default_factory=dict)
    waits: list[_Wait] = field(default_factory=list)


@dataclass(frozen=True)
class _Wait:
    """How many seconds after SMTP's 250 `inbound` began with the email, had stored the case, and the API showed it."""

    begun: float
    stored: float
    readable: float


def figures(deadline: Deadline) -> Iterator[Figure]:
    """Against the floor and a bare parse; then the waits of warm and cold systems."""
    cold = _cold_waits(deadline)
    found = _measure(deadline)
    ratios = [ours / floor for ours, floor in zip(found.ours, found.floor, strict=True)]
    parses = [ours / parse for ours, parse in zip(found.ours, found.parse, strict=True)]
    floor_ms = statistics.median(found.floor) / _EMAILS_A_ROUND * 1000
    parse_ms = statistics.median(found.parse) / _EMAILS_A_ROUND * 1000
    yield Figure(
        PART,
        "CPU an email against the floor",
        statistics.median(ratios),
        "times",
        _WANTED_FLOOR,
        floor_ms,
        "ms",
        _WHY_OF_FLOOR,
    )
    yield Figure(
        PART,
        "CPU an email against a bare parse",
        statistics.median(parses),
        "times",
        _WANTED_PARSE,
        parse_ms,
        "ms",
        _WHY_OF_PARSE,
    )
    for peer, times in PEERS.items():
        yield Figure(PART, f"CPU an email against a bare parse: {peer}, in November 2026", times, "times")
    a_call = statistics.median(found.calls) / _EMAILS_A_ROUND / _FLOOR_CALLS * 1000
    yield Figure(PART, "CPU, floor: a call to AWS with bare boto3", a_call, "ms")
    for function, seconds in found.by_function.items():
        yield Figure(PART, f"CPU of {function} for an email", seconds * 1000, "ms")
    yield from _latency("warm", found.waits, _WANTED_P95)
    yield from _latency("cold", cold)


def _latency(when: str, waits: Sequence[_Wait], wanted: float | None = None) -> Iterator[Figure]:
    """How long an agent waits for a case, and what each hop of it takes."""
    hops: dict[str, list[float]] = {
        "until inbound begins": [one.begun for one in waits],
        "until the case is stored": [one.stored - one.begun for one in waits],
        "until the API shows it": [one.readable - one.stored for one in waits],
    }
    readable = [one.readable for one in waits]
    yield Figure(LATENCY, f"{WHOLE_WAIT}, {when}: p50", _percentile(readable, 50), "s")
    yield Figure(LATENCY, f"{WHOLE_WAIT}, {when}: p95", _percentile(readable, 95), "s", wanted)
    for hop, seconds in hops.items():
        for percent in (50, 95):
            yield Figure(LATENCY, f"{when}, {hop}: p{percent}", _percentile(seconds, percent), "s")


def cpu_milliseconds(found: Sequence[Figure]) -> dict[str, float]:
    """The CPU of each function, for the bill."""
    prefix, suffix = "CPU of ", " for an email"
    return {
        one.name.removeprefix(prefix).removesuffix(suffix): round(one.value, 1)
        for one in found
        if one.part == PART and one.name.startswith(prefix) and one.name.endswith(suffix)
    }


def _measure(deadline: Deadline) -> _Measured:
    chance, found = random.Random(2026), _Measured()
    unjudged = patch.dict(os.environ, {UNJUDGED_VARIABLE: "true"})
    with unjudged, system(MaxCasesPerSenderPerHour="1000", MaxAutomaticEmailsPerHour="1000") as client:
        _employ(client)
        cases = [_wait_for_case(client, _mail(chance, n), f"warm {n}")[0] for n in range(_WARM_UP)]
        answered = [write_email(client, case, [_SENDER]).subject for case in cases]
        _receive(client, [_mail(chance, n) for n in range(_EMAILS_A_ROUND)], "warm-up", answered)
        for number in deadline.rounds("rounds of emails", _ROUNDS):
            mails = [_mail(chance, n) for n in range(_EMAILS_A_ROUND)]
            before = cpu_seconds(client.process_id)
            _receive(client, mails, f"round {number}", answered)
            after = cpu_seconds(client.process_id)
            spent = {function: after[function] - before.get(function, 0) for function in after}
            found.ours.append(spent["inbound"])
            for function in _OF_AN_EMAIL:
                found.by_function[function] = found.by_function.get(function, 0) + spent[function] / _EMAILS_A_ROUND
            floor, calls = _floor(client, mails, number)
            found.floor.append(floor)
            found.calls.append(calls)
            found.parse.append(_parse(mails))
        for function, seconds in found.by_function.items():
            found.by_function[function] = seconds / len(found.ours)
        waits = deadline.rounds("waits of a warm system", _WAITS, least=2)
        found.waits = [_wait_for_case(client, _mail(chance, n), f"wait {n}")[1] for n in waits]
        found.by_function |= _of_agents(client, cases)
    found.by_function = {name: seconds for name, seconds in found.by_function.items() if seconds > 0}
    return found


def _receive(client: SystemClient, mails: Sequence[bytes], name: str, answered: Sequence[str]) -> None:
    """Sends the emails, and waits until all is done. Every other one answers one that an agent sent."""
    with client.connect() as smtp:
        for n, mail in enumerate(mails):
            to, subject = (ANSWERS, f"Re: {answered[n % len(answered)]}") if n % 2 else (PAYROLL, f"{name} email {n}")
            smtp.sendmail(_SENDER, [to], _with_subject(mail, subject), mail_options=["BODY=8BITMIME"])
    client.settle()


def _of_agents(client: SystemClient, cases: Sequence[Any]) -> dict[str, float]:
    """CPU seconds of what agents do: to send an email, of one event about it, and to read a case."""
    before = cpu_seconds(client.process_id)
    for case in cases:
        write_email(client, case, [_SENDER])
    sent = cpu_seconds(client.process_id)
    for _ in range(_READS):
        for case in cases:
            client.agent.get(f"/cases/{case['case_id']}")
    after = cpu_seconds(client.process_id)
    return {
        "adhoc_send": (sent["adhoc_send"] - before["adhoc_send"]) / len(cases),
        "delivery": (sent["delivery"] - before["delivery"]) / len(cases) / 2,
        "agent_api": (after["agent_api"] - sent["agent_api"]) / len(cases) / _READS,
    }


def _cold_waits(deadline: Deadline) -> list[_Wait]:
    """As after an hour without emails: no function has a process, so each starts one for its first event."""
    waits = []
    with system() as client:
        _employ(client)
        for n in deadline.rounds("waits of a cold system", _COLD, least=2):
            client.settle()
            for worker in processes(client.process_id):
                if worker.function:
                    with suppress(ProcessLookupError):
                        os.kill(worker.pid, signal.SIGKILL)
            waits.append(_wait_for_case(client, _mail(random.Random(n), 0), f"cold {n}", cold=True)[1])
    return waits


def _employ(client: SystemClient) -> None:
    client.admin.put("/employees/1", {"name": "Kim Lee", "emails": [_SENDER]})


def _mail(chance: random.Random, n: int) -> bytes:
    """The n-th email, of a kind that has its share among a hundred."""
    place, upto = (n * 37 % 100) / 100, 0.0
    for _, share, make, _ in MIX:
        upto += share
        if place < upto - 1e-9:
            return make(chance)
    return MIX[-1][2](chance)


def _with_subject(mail: bytes, subject: str) -> bytes:
    return _SUBJECT.sub(b"Subject: " + subject.encode(), mail, count=1)


def _wait_for_case(client: SystemClient, mail: bytes, subject: str, *, cold: bool = False) -> tuple[Any, _Wait]:
    """Sends an email, and asks for its case until it is there. Returns the case, and how long it took. A cold `inbound`
    begins when its process does. Otherwise the case has the time, which SES tells to the second, and `inbound` finer
    if it reads the email at once.
    """
    with client.connect() as smtp:
        smtp.sendmail(_SENDER, [PAYROLL], _with_subject(mail, subject), mail_options=["BODY=8BITMIME"])
        accepted = time.time()
    while True:
        found = [case for case in client.agent.get("/cases")["items"] if case["subject"] == subject]
        readable = time.time()
        if found:
            case = client.agent.get(f"/cases/{found[0]['case_id']}")
            begun = _start_of_inbound(client) if cold else _seconds(case["created_at"])
            times = (begun, _recorded(client, case["case_id"]), readable)
            return case, _Wait(*(max(0.0, at - accepted) for at in times))
        if readable - accepted > 60:
            raise TimeoutError(f"no case came of the email {subject!r}")
        time.sleep(0.01)


def _start_of_inbound(client: SystemClient) -> float:
    """When the newest process of `inbound` started."""
    return max(started_at(one.pid) for one in processes(client.process_id) if one.function == "inbound")


def _recorded(client: SystemClient, record: str) -> float:
    """When `inbound` logged the outcome of an email."""
    line = re.search(rf'.*"outcome recorded".*"record":"{record}".*', client.log())
    if line is None:
        raise LookupError(f"no line of the log tells of the outcome of {record}")
    return _seconds(re.findall(r'"timestamp":"([^"]+)"', line[0])[0])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _floor(client: SystemClient, mails: Sequence[bytes], number: int) -> tuple[float, float]:
    """CPU seconds of the least that must be done with these emails, and those of its calls to AWS."""
    from mailparser import parse_from_bytes  # type: ignore[import-untyped]  # it has no stubs

    s3, dynamodb = client.client("s3"), client.client("dynamodb")
    bucket, table = client.aws["bucket"], client.aws["table"]
    for n, mail in enumerate(mails):
        s3.put_object(Bucket=bucket, Key=f"floor/{number}/{n}", Body=mail)
    spent = calls = 0.0
    for n in range(len(mails)):
        begun = time.process_time()
        raw = s3.get_object(Bucket=bucket, Key=f"floor/{number}/{n}")["Body"].read()
        read = time.process_time()
        parsed = parse_from_bytes(raw)
        subject, body = str(parsed.subject), str(parsed.body)[:1000]
        known = time.process_time()
        dynamodb.put_item(
            TableName=table,
            Item={
                "pk": {"S": f"FLOOR#{number}#{n}"},
                "sk": {"S": "A"},
                "subject": {"S": subject},
                "body": {"S": body},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
        ended = time.process_time()
        spent += ended - begun
        calls += (read - begun) + (ended - known)
    return spent, calls


def _parse(mails: Sequence[bytes]) -> float:
    """CPU seconds of Python's own parser alone: all headers are read, and all parts are decoded."""
    begun = time.process_time()
    for mail in mails:
        for part in message_from_bytes(mail, policy=policy.default).walk():
            part.items()
            part.get_payload(decode=True)
    return time.process_time() - begun


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
