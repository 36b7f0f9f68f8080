"""Installs the pinned uv into `.tools/uv`. It needs only Python 3.11 or newer.

    python3 tools/bootstrap.py

Debian and Ubuntu ship Python without pip, venv and ensurepip. So four ways are tried, the fastest first. The pinned uv
is installed by

1. a uv on PATH, of any version
2. Python's own pip
3. pip in a temporary virtual environment
4. pip's wheel, which the standard library downloads from the package index, and which runs without being installed

All four install the same file. Its hashes are in `tools/uv-requirements.txt`. Errors are printed on stderr. The exit
status is 1 if all four ways fail.
"""

import hashlib
import html.parser
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tools" / "uv-requirements.txt"
TARGET = ROOT / ".tools" / "uv"

PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_WHEEL_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

TIMEOUT = 60
"""Seconds to wait for a response of the package index."""


class WayFailed(Exception):
    """A way of installing uv failed, or this machine does not have it. The text says why."""


def main() -> int:
    """Tries each way until one works. Returns the exit status."""
    failures = []
    for way in (with_uv, with_pip, with_venv, with_downloaded_pip):
        # Deletes an older version, and the files of a way that failed.
        shutil.rmtree(TARGET, ignore_errors=True)
        try:
            way()
            _run([str(TARGET / "bin" / "uv"), "--version"])
        except WayFailed as failure:
            failures.append(f"  {(way.__doc__ or '').splitlines()[0]} {failure}")
        else:
            return 0
    print(
        "uv, which installs everything else, could not be installed. These ways failed:",
        *failures,
        sep="\n",
        file=sys.stderr,
    )
    print("Install uv by hand (https://docs.astral.sh/uv/) and run make again.", file=sys.stderr)
    return 1


def with_uv() -> None:
    """uv on PATH:"""
    _run(["uv", "pip", "install", "--quiet", "--python", sys.executable, *_pip_arguments()])


def with_pip() -> None:
    """Python's pip:"""
    _run([sys.executable, "-m", "pip", "install", "--quiet", *_pip_arguments()])


def with_venv() -> None:
    """pip in a virtual environment:"""
    with tempfile.TemporaryDirectory() as folder:
        _run([sys.executable, "-m", "venv", folder])
        _run([str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet", *_pip_arguments()])


def with_downloaded_pip() -> None:
    """pip's wheel from the package index:"""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / PIP_WHEEL
        try:
            wheel.write_bytes(_fetch(_pip_wheel_url()))
        except OSError as error:
            raise WayFailed(str(error)) from error
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != PIP_WHEEL_SHA256:
            raise WayFailed(f"the hash of {PIP_WHEEL} from the index is wrong")
        # A wheel is a zip file that Python can run without installing it.
        _run([sys.executable, f"{wheel}/pip", "install", "--quiet", *_pip_arguments()])


def _pip_arguments() -> Sequence[str]:
    return ["--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS), "--target", str(TARGET)]


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise WayFailed(str(error)) from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise WayFailed(lines[-1])


def _pip_wheel_url() -> str:
    """The URL of the wheel, in the index that pip itself would use (PEP 503: one page of links for each project).

    Raises WayFailed if the index does not have the wheel, OSError if it cannot be reached.
    """
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page_url = f"{index}/pip/"
    links = _Links()
    links.feed(_fetch(page_url).decode("utf-8", "replace"))
    for href in links.found:
        address = urllib.parse.urljoin(page_url, href)
        if urllib.parse.urlsplit(address).path.endswith("/" + PIP_WHEEL):
            return address
    raise WayFailed(f"{page_url} does not offer {PIP_WHEEL}")


def _fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "text/html, */*;q=0.1"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        return bytes(answer.read())


class _Links(html.parser.HTMLParser):
    """Collects the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


if __name__ == "__main__":
    sys.exit(main())
