"""Which tests run in the same worker of pytest-xdist (`--dist loadgroup`).

All tests of a file do, as its servers are started once; and all that look at the same system, in whatever file.
"""

from __future__ import annotations

import pytest

SYSTEMS = ("acme", "strict", "case_creation_only", "ad_hoc_only")
"""Fixtures of tests/e2e/conftest.py, each a process that takes seconds to start."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        group = next((name for name in SYSTEMS if name in fixtures), item.path.as_posix())
        item.add_marker(pytest.mark.xdist_group(group))
