"""Node, which runs the console's modules in tests: the one that Playwright brings, so it is always there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

SECONDS = 60


def run_node(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs Node in UTC, and returns what it printed."""
    node, _ = compute_driver_executable()
    command = [str(node), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", *map(str, arguments)]
    environment = {"TZ": "UTC", "LANG": "C.UTF-8"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=check, timeout=SECONDS)
