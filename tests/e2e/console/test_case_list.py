"""The list of cases: views, filters and search in the address, keys, and new emails that do not move what is read."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.support.console.pages import NARROW, WIDE, Open, grave_findings, sideways
from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email, unique, word
from tests.support.system.system_client import SystemClient

BUDGET_BYTES, BUDGET_CALLS = 150_000, 3


def test_filters_in_the_address(office: SystemClient, open_console: Open) -> None:
    jo = office.employ("Jo")
    mine, other = open_case(office, jo), open_case(office, jo)
    office.agent.change(mine["case_id"], topic="Benefits", assignee="me")
    with open_console("agent", f"#/cases?employee={jo.user_id}") as page:
        rows = page.locator(".cases li")
        expect(rows).to_have_count(2)
        page.get_by_label("Topic", exact=True).focus()
        page.get_by_label("Topic", exact=True).locator("option", has_text="Benefits").wait_for(state="attached")
        page.get_by_label("Topic", exact=True).select_option("Benefits")
        expect(rows).to_have_count(1)
        assert "topic=Benefits" in page.url
        page.reload()
        expect(rows).to_have_count(1)
        page.get_by_label("Topic", exact=True).select_option("")
        expect(rows).to_have_count(2)
        page.get_by_role("navigation", name="Views").get_by_role("link", name="Mine").click()
        expect(rows).to_have_count(1)
        expect(rows).to_have_text(re.compile(mine["subject"]))
        page.get_by_role("link", name="Closed", exact=True).click()
        expect(page.get_by_text("No case matches.")).to_be_visible()
        page.go_back()
        expect(rows).to_have_count(1)
    assert other


def test_marks(office: SystemClient, open_console: Open) -> None:
    """Only what is out of the ordinary has a mark: unread, waiting on us, a warning."""
    jo = office.employ("Jo")
    answered, forged = open_case(office, jo), open_case(office, jo, X_Local_Verdicts="spf=FAIL dkim=FAIL dmarc=FAIL")
    write_email(office, answered, [jo.mailbox])
    office.agent.call("POST", f"/cases/{answered['case_id']}/read", {})
    with open_console("agent", f"#/cases?employee={jo.user_id}") as page:
        quiet = page.get_by_role("listitem").filter(has_text=answered["subject"])
        loud = page.get_by_role("listitem").filter(has_text=forged["subject"])
        expect(loud.get_by_role("link")).to_have_accessible_name(re.compile(", unread$"))
        expect(loud).to_contain_text("Waiting on us")
        expect(loud).to_contain_text("Sender not proven")
        expect(quiet.get_by_role("link")).to_have_accessible_name(re.compile(rf"{re.escape(answered['subject'])}$"))
        expect(quiet).not_to_contain_text("Waiting on us")


def test_search_and_keys(office: SystemClient, open_console: Open) -> None:
    """Search by `/`, move by `j` and `k`, open by Enter, answer by `r`; `?` shows them all."""
    jo, found = office.employ("Jo"), word()
    subjects = [f"{found} {number}" for number in range(3)]
    for subject in subjects:
        office.send(email(jo.mailbox, subject))
    with open_console("agent", "#/cases") as page:
        page.locator(".cases li").first.wait_for()
        page.keyboard.press("/")
        page.keyboard.type(found)
        page.keyboard.press("Enter")
        rows = page.locator(".cases li")
        expect(rows).to_have_count(3)
        expect(page.get_by_role("link", name="All", exact=True)).to_have_attribute("aria-current", "page")
        page.keyboard.press("Escape")
        page.locator("main").focus()
        for key in "jjk":
            page.keyboard.press(key)
        expect(rows.first).to_have_attribute("aria-current", "true")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=subjects[1], level=1)).to_be_visible()
        page.keyboard.press("u")
        expect(rows).to_have_count(3)
        page.locator("main").focus()
        page.keyboard.press("j")
        page.keyboard.press("r")
        expect(page.get_by_role("form", name=f"Reply to {jo.name}")).to_be_visible()
        expect(page.get_by_label("Message", exact=True)).to_be_focused()
        page.get_by_role("heading", level=1).click()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard keys")).to_contain_text("Reply to all")


def test_new_ones_wait(office: SystemClient, open_console: Open) -> None:
    """While the pointer moves on the list, nothing jumps: what is new waits behind a button."""
    jo, subject = office.employ("Jo"), unique("Waits")
    first = open_case(office, jo)
    with open_console("agent", "#/cases") as page:
        row = page.get_by_role("link", name=first["subject"])
        expect(row).to_be_visible()
        office.send(email(jo.mailbox, subject))
        button = page.get_by_role("button", name="1 new", exact=True)
        for step in range(60):
            page.mouse.move(400 + step % 7 * 9, 150 + step % 5)
            if button.is_visible():
                break
            page.wait_for_timeout(300)
        expect(page.get_by_role("link", name=subject)).to_have_count(0)
        button.click()
        expect(page.locator(".cases li").first).to_contain_text(subject)


def test_first_view(open_console: Open) -> None:
    """50 cases: at most three calls of the API; the page and its files are small over the wire."""
    with open_console("agent", "#/cases") as page:
        page.route("**/cases?*", _fifty)
        page.wait_for_load_state("networkidle")  # the requests of the page that is left do not count
        paths: list[str] = []
        page.on("request", lambda request: paths.append(request.url))
        page.reload()
        expect(page.locator(".cases li")).to_have_count(50)
        page.wait_for_load_state("networkidle")
        calls = [url for url in paths if "/assets/" not in url and not url.endswith("/")]
        assert len(calls) <= BUDGET_CALLS, calls
        sizes: list[int] = page.evaluate(_SIZES)
        assert sum(sizes) < BUDGET_BYTES, sizes


def test_endless(open_console: Open) -> None:
    with open_console("agent", "#/cases") as page:
        page.route("**/cases?*", _fifty)
        page.reload()
        rows = page.locator(".cases li")
        expect(rows).to_have_count(50)
        page.mouse.wheel(0, 20_000)
        expect(rows).to_have_count(100)


def test_states(open_console: Open) -> None:
    """Failed, offline, and empty, each in words; a session that ended asks for a new sign-in over the page."""
    with open_console("agent", "#/cases", watched_for_errors=False) as page:
        page.route("**/cases?*", lambda route: route.fulfill(status=500, json={"detail": "Broken."}))
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("Broken.")
        page.unroute("**/cases?*")
        page.route("**/cases?*", lambda route: route.fulfill(json={"items": [], "next_cursor": None}))
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("No open cases.")).to_be_visible()
        expect(page.get_by_text("New emails appear here by themselves.")).to_be_visible()
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline.")).to_be_visible()
        page.context.set_offline(False)
        page.unroute("**/cases?*")
        page.route("**/cases?*", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
        page.get_by_role("link", name="Closed", exact=True).click()
        expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()


def test_for_everybody(office: SystemClient, open_console: Open) -> None:
    """axe finds nothing grave in both themes, on a wide and a narrow screen; nothing scrolls sideways."""
    case = open_case(office, office.employ("Jo"))
    for theme in ("light", "dark"):
        for size in (WIDE, NARROW):
            with open_console("agent", "#/cases", theme=theme, size=size) as page:
                page.locator(".cases li").first.wait_for()
                _check(page)
                page.goto(f"{page.url.split('#')[0]}#/cases/{case['case_id']}")
                page.get_by_role("button", name="Why is this here?", exact=True).click()
                _check(page)
                page.get_by_role("button", name="Reply", exact=True).click()
                page.get_by_label("Cc", exact=True).fill("new@elsewhere.example, nonsense")
                page.get_by_label("Message", exact=True).click()
                _check(page)
                page.get_by_role("button", name="More…", exact=True).click()
                page.get_by_role("button", name="Merge into another case").click()
                _check(page)


def test_german(office: SystemClient, open_console: Open) -> None:
    case = open_case(office, office.employ("Jo"))
    with open_console("agent", f"#/cases/{case['case_id']}", locale="de-DE") as page:
        expect(page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", name="E-Mail-Verlauf")).to_be_visible()


_SIZES = """() => performance.getEntriesByType("resource")
  .filter((one) => !one.name.includes("/cases")).map((one) => one.encodedBodySize)"""


def _check(page: Page) -> None:
    assert grave_findings(page) == []
    assert sideways(page) == 0


def _fifty(route: Route) -> None:
    """50 cases, and 50 more behind a cursor."""
    start = 50 if "cursor=" in route.request.url else 0
    person = {"user_id": "1", "name": "Anna Keller", "email": "anna.keller@acme.example"}
    common: dict[str, Any] = {
        "status": "open",
        "issue": "Hello Sam, thank you. The new payslip still says tax class I. " * 4,
        "topic": "Payroll",
        "service_group": "default",
        "employee": person,
        "regarding": None,
        "show_to_employee": True,
        "flags": [],
        "warnings": [],
        "siblings": [],
        "merged_into": None,
        "mailbox": "payroll@acme.example",
        "assignee": None,
        "unread": True,
        "waiting_on": "agent",
        "created_at": "2026-11-26T10:41:00Z",
        "updated_at": "2026-11-26T10:41:00Z",
    }
    items = [
        {**common, "case_id": f"CASE{n:06}", "number": f"CASE-{n:06}", "subject": f"Payslip for October, part {n}"}
        for n in range(start, start + 50)
    ]
    route.fulfill(json={"items": items, "next_cursor": None if start else "more"})
