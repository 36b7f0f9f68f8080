"""Imports 100,000 employees into the whole system on this machine, and kills the worker half-way: `make import-check`.

Imports the file once with a kill, and once more, when every row is unchanged. Checks the counts of both jobs, that the
directory holds every employee once, and that a search finds one of them. Samples the memory of the workers of `jobs`.
Progress goes to stderr, the figures to stdout. The exit status is 1 if anything is not as expected. On two cores, it
takes some minutes and 2 GB of memory, because the embedded AWS keeps everything in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from email_channels.aws.rows import index_keys

from tests.support.reliability.child_processes import Process, processes
from tests.support.system.system_client import SystemClient, system

Say = Callable[[str], None]


@dataclass
class Figures:
    """What was measured. `wrong` says what is not as expected."""

    seconds: float = 0
    seconds_unchanged: float = 0
    kills: int = 0
    peak_memory: float = 0
    wrong: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make import-check", description="Imports many employees, with a kill.")
    parser.add_argument("-n", type=int, default=100_000, help="how many rows")
    rows = parser.parse_args(arguments).n
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {line}", file=sys.stderr, flush=True)

    with system() as client:
        figures = check(client, rows, say)
    print(
        f"rows                          {rows}\n"
        f"workers killed                {figures.kills}\n"
        f"seconds, all new              {figures.seconds:.0f}\n"
        f"seconds, all unchanged        {figures.seconds_unchanged:.0f}\n"
        f"peak memory of a worker       {figures.peak_memory:.0f} MB"
    )
    for wrong in figures.wrong:
        print(f"wrong: {wrong}")
    return 1 if figures.wrong else 0


def check(client: SystemClient, rows: int, say: Say) -> Figures:
    """Imports the rows twice, and looks at the end."""
    figures = Figures()
    content = "user_id,name,email,population,blocked\n" + "".join(
        f"{n:07},Jo Doe-{n:x},jo.{n}@acme.example,P{n % 20},no\n" for n in range(rows)
    )
    figures.seconds = _import(client, content, {"created": rows}, figures, say, kill=True)
    figures.seconds_unchanged = _import(client, content, {"unchanged": rows}, figures, say, kill=False)
    say("reading the directory")
    found = _user_ids(client)
    if found != [f"{n:07}" for n in range(rows)]:
        figures.wrong.append(f"the directory holds {len(found)} employees, {len(set(found))} different ones")
    first = [one["user_id"] for one in client.admin.get("/employees", limit=5)["items"]]
    if first != found[:5]:
        figures.wrong.append(f"the list of employees begins with {first}")
    last = rows - 1
    searched = [one["user_id"] for one in client.agent.items("/employees", q=f"jo doe-{last:x}")]
    if f"{last:07}" not in searched:
        figures.wrong.append(f"the last employee is not found: {searched}")
    if figures.kills == 0:
        figures.wrong.append("no worker was killed")
    return figures


def _import(
    client: SystemClient, content: str, expected: dict[str, int], figures: Figures, say: Say, *, kill: bool
) -> float:
    """Imports a file, by upload link. Returns the seconds that it took."""
    raw = content.encode()
    upload = {"filename": "all.csv", "content_type": "text/csv", "size": len(raw), "purpose": "import"}
    link = client.admin.post("/attachments", upload)
    httpx.put(link["url"], content=raw, headers=link["headers"], timeout=60).raise_for_status()
    begun = time.monotonic()
    job = client.admin.post("/employees/imports", {"upload_id": link["upload_id"]})
    said = 0
    while job["finished_at"] is None:
        time.sleep(0.5)
        response = client.admin.call("GET", f"/jobs/{job['job_id']}")
        # While a step writes, the embedded AWS may keep a reader waiting for too long.
        job = response.json() if response.status_code == 200 else job
        _measure(client, figures)
        if kill and job["total"] and job["done"] >= job["total"] / 2:
            kill = not _kill(client, figures, say)
        if job["done"] >= said + 10_000:
            said = job["done"]
            say(f"{said} rows")
    if (job["state"], job["outcomes"], job["rejected"]) != ("done", expected, []):
        figures.wrong.append(f"the job ended as {json.dumps(job)}")
    return time.monotonic() - begun


def _user_ids(client: SystemClient) -> list[str]:
    """The user ids of the directory, in the order of its index. The API would take 200 a page, and the embedded AWS
    sorts the whole index for each page."""
    pages = (
        client.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=client.aws["table"],
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :pk",
            ExpressionAttributeValues={":pk": {"S": index_keys.EMPLOYEES}},
            ProjectionExpression="gsi1sk",
        )
    )
    return [item["gsi1sk"]["S"] for page in pages for item in page["Items"]]


def _workers(client: SystemClient) -> list[Process]:
    return [each for each in processes(client.process_id) if each.function == "jobs"]


def _kill(client: SystemClient, figures: Figures, say: Say) -> bool:
    for worker in _workers(client):
        os.kill(worker.pid, signal.SIGKILL)
        figures.kills += 1
        say("killed the worker of jobs")
    return figures.kills > 0


def _measure(client: SystemClient, figures: Figures) -> None:
    for worker in _workers(client):
        figures.peak_memory = max(figures.peak_memory, worker.megabytes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
