"""A browser, and a running system that only the tests of the console use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.console.browser import installed
from tests.support.console.pages import WAIT, Open, opened
from tests.support.system.system_client import BENEFITS, PAYROLL, SystemClient, system


@pytest.fixture(scope="session", params=["office"])
def office() -> Iterator[SystemClient]:
    """Both channels, with two mailboxes and topics. Without an event bus, because histories are seeded."""
    with system(
        CaseCreationRecipients=f"{PAYROLL},{BENEFITS}",
        MaxCasesPerSenderPerHour="1000",
        DefaultServiceGroupAddress="agents@acme.example",
        EventBusName="",
    ) as client:
        for topic in ("Payroll", "Benefits"):
            client.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {}})
        client.admin.put("/service-groups/other", {"name": "Other", "address": None, "secured": True})
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        path = installed(playwright)
        assert path, "there is no Chromium"
        launched = playwright.chromium.launch(executable_path=path)
        yield launched
        launched.close()


@pytest.fixture
def open_console(browser: Browser, office: SystemClient) -> Open:
    """Opens the console: `with open_console("agent", "#/cases") as page`. See `tests/support/console/pages.py`."""
    return partial(opened, browser, str(office.http.base_url).rstrip("/"))
