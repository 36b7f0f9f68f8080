"""Fetches Debian packages from the machine's apt sources, and unpacks them into a folder. Never installs them.

apt uses its own lists and cache in `.tools/`, so the lists, packages and configuration of the machine do not change.
Fetched packages are kept: the second run needs no network.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

CACHE = ROOT / ".tools" / "debian"
APT_SECONDS = 100
"""For each call of apt; less than the time limit of a test."""


class PackagesError(Exception):
    """Packages could not be fetched or unpacked. The text names them and the reason."""


def missing_here() -> str | None:
    """The reason why packages cannot be used on this machine; None if they can.

    Packages need apt, and servers that change their user need root.
    """
    if sys.platform != "linux":
        return "this is not Linux"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "there is no apt-get"
    return None if os.geteuid() == 0 else "only root may start them"


def unpack(packages: tuple[str, ...], folder: Path) -> None:
    """Unpacks the packages, with the libraries that this system lacks, into a folder. Raises PackagesError.

    Removes setuid and setgid bits, which only installed programs need: the loader ignores the libraries of this folder
    for programs with these bits.
    """
    for archive in fetched(packages):
        _run(["dpkg-deb", "-x", str(archive), str(folder)], dict(os.environ))
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o755)


def fetched(packages: tuple[str, ...]) -> list[Path]:
    """The archives of the packages and of the libraries that this system lacks for them."""
    release = platform.freedesktop_os_release()
    home = CACHE / f"{release['ID']}-{release.get('VERSION_ID', 'rolling')}-{platform.machine()}"
    archives = home / "-".join(packages)
    with _locked(home):
        if not archives.is_dir():
            environment = _private_apt(home)
            _run(["apt-get", "update"], environment)
            part = home / "part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            _run(["apt-get", "download", *packages, *_libraries(packages, environment)], environment, part)
            part.rename(archives)
    return sorted(archives.glob("*.deb"))


def _libraries(packages: tuple[str, ...], environment: dict[str, str]) -> list[str]:
    """The libraries that an installation of these packages would add. (Servers of one kind exclude each other.)"""
    found = set()
    for package in packages:
        planned = _run(["apt-get", "install", "--simulate", "--no-install-recommends", package], environment)
        found |= set(re.findall(r"^Inst (lib\S+)", planned, re.MULTILINE))
    return sorted(found - set(packages))


def _private_apt(home: Path) -> dict[str, str]:
    """The environment for apt: the machine's sources, keys and proxies, but other folders and no hooks."""
    folders = {name: home / "apt" / name for name in ("lists", "cache", "parts")}
    for name, folder in folders.items():
        (folder / ("archives/partial" if name == "cache" else "partial" if name == "lists" else "")).mkdir(
            parents=True, exist_ok=True
        )
    settings = _run(["apt-config", "dump"], {**os.environ, "LC_ALL": "C"}).splitlines()
    kept = [line for line in settings if not line.startswith(("APT::Update::", "DPkg::"))]
    kept += [
        f'Dir::State::lists "{folders["lists"]}/";',
        f'Dir::Cache "{folders["cache"]}/";',
        'Dir::Cache::archives "archives/";',
        f'Dir::Etc::parts "{folders["parts"]}/";',
        'Dir::Etc::main "none";',
        'APT::Sandbox::User "root";',  # the user that apt would change to cannot read the folders
        'Acquire::Languages "none";',
    ]
    file = home / "apt" / "apt.conf"
    file.write_text("\n".join(kept) + "\n", "utf-8")
    return {**os.environ, "LC_ALL": "C", "APT_CONFIG": str(file)}


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Lets one process at a time run the block."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str], environment: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=APT_SECONDS, check=False
    )
    if done.returncode:
        raise PackagesError(
            f"`{' '.join(command)}` failed, which the tests with real mail servers need:\n{done.stderr}"
        )
    return done.stdout
