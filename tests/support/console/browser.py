"""Finds the browser that drives the console in tests, and installs one if it can."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Programs that are Chromium or built from it."""

INSTALL_SECONDS = 600

_TOLD = "EMAIL_CHANNELS_NO_BROWSER"
"""Tells the processes that a test run starts what the first one found, so that only one installs."""


def installed(playwright: Playwright) -> str | None:
    """The path of a browser on this machine; None if there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def missing_here() -> str | None:
    """The reason why no browser can be used on this machine; None if one is there. Tries to install one first."""
    if any(map(shutil.which, NAMES)):
        return None
    if _TOLD not in os.environ:
        os.environ[_TOLD] = _install() or ""
    return os.environ[_TOLD] or None


def _install() -> str | None:
    with sync_playwright() as playwright:
        if installed(playwright):
            return None
        tried = [_run(command) for command in _installers()]
        return None if installed(playwright) else f"there is no Chromium, and it could not be installed ({tried[-1]})"


def _installers() -> list[list[str]]:
    """Commands that install a browser, the one of the system first."""
    commands = [["playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        commands.insert(0, ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"])
        commands.insert(0, ["apt-get", "update", "-q"])
    return commands


def _run(command: list[str]) -> str:
    """Runs a command, and returns the last line that it printed, or why it could not run."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1] if lines else f"status {done.returncode}"
