"""Which tests run in the same worker of pytest-xdist (`--dist loadfile`).

All tests of a file do, as its servers are started once; and all that look at the same running system, in whatever file.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

_SYSTEM = re.compile(r"[\[-](acme|strict|case_creation_only|ad_hoc_only)[\]-]")
"""The systems of tests/e2e/conftest.py, each some processes that take seconds to start."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    scheduling = LoadFileScheduling(config, log)
    by_file = scheduling._split_scope
    scheduling._split_scope = lambda nodeid: _system_of(nodeid) or by_file(nodeid)
    return scheduling


def _system_of(nodeid: str) -> str | None:
    found = _SYSTEM.search(nodeid)
    return found[1] if found else None
