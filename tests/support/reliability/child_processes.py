"""The processes of a running system, as `ps` lists them, and which function each worker serves."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process of the system. `function` is the function that it serves; empty if it is not a worker."""

    pid: int
    parent: int
    megabytes: float
    function: str


def processes(root: int) -> list[Process]:
    """The process with this id and its children."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listed.splitlines():
        pid, parent, kilobytes, arguments = line.split(None, 3)
        if root in {int(pid), int(parent)}:
            found.append(Process(int(pid), int(parent), int(kilobytes) / 1024, _function(arguments)))
    return found


def _function(arguments: str) -> str:
    _, mark, rest = arguments.partition("-m local.lambda_.worker")
    if not mark:
        return ""
    _, _, named = rest.partition('"function": "')
    return named.partition('"')[0] or "worker"
