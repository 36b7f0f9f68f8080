"""The CPU time of the local stack's workers, and when they started, from Linux's /proc."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

_FUNCTION: Final = re.compile(r'"function": "(\w+)"')
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process_id: int) -> dict[str, float]:
    """CPU seconds by function of the workers below a process. `RuntimeError` where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        raise RuntimeError("The CPU of other processes can be read on Linux only.")
    spent: defaultdict[str, float] = defaultdict(float)
    for process in _below(process_id):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            ticks = _stat(process)
        except OSError:  # it has ended
            continue
        if "local.lambda_.worker" in command and (found := _FUNCTION.search(command)):
            spent[found[1]] += (int(ticks[11]) + int(ticks[12])) / _TICKS
    return dict(spent)


def started_at(process_id: int) -> float:
    """When a process started, in seconds since 1970, to a hundredth of a second."""
    up = float(Path("/proc/uptime").read_text("utf-8").split()[0])
    return time.time() - up + int(_stat(process_id)[19]) / _TICKS


def _below(process_id: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children[int(_stat(int(entry.name))[1])].append(int(entry.name))
            except OSError:
                continue
    found, ask = [], [process_id]
    while ask:
        more = children[ask.pop()]
        found += more
        ask += more
    return found


def _stat(process: int) -> list[str]:
    """The fields after the command's name: state, parent, ... (proc(5))."""
    return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
