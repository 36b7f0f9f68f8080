"""Each view while it loads, with nothing to show, after an error, offline, and after the session has ended.

The requests of the view are answered by the test, all others by the system. One page is used for all views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.support.console.pages import opened
from tests.support.console.stubs import EMPTY, REQUEST_ID, Stubs, answered, failed, session_ended, unreachable
from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email, stranger, unique, word
from tests.support.system.system_client import SystemClient

_JUNK = re.compile(r"undefined|\[object|TypeError|HTTP \d|NaN|Failed to fetch|null")
"""What no person should have to read."""


@dataclass(frozen=True)
class View:
    """A view: its address, the request that fills it, what stands there then, and what stands there without content.

    `{names}` are those of `Filled`. `press` are buttons that have to be pressed first. `nothing` is the empty answer.
    """

    address: str
    request: str
    shown: str
    empty: str = ""
    press: tuple[str, ...] = ()
    nothing: object = None


VIEWS = {
    "cases": View("cases", r"^GET /cases\?", "{subject}", "No open cases."),
    "search": View("cases?q={number}", r"^GET /cases\?", "{subject}", "No case matches."),
    "case": View("cases/{case}", "^GET /cases/{case}$", "Employee sees"),
    "history": View("cases/{case}", r"^GET /cases/{case}/emails\?", "{text}", "No emails yet."),
    "entry": View("cases/{case}", r"^GET /cases/{case}/emails/{email}$", "{text}"),
    "templates": View(
        "cases/{case}?compose=new", r"^GET /templates\?", "Welcome", "There are no templates.", ("Template",)
    ),
    "topics of a new case": View("cases", "^GET /topics", "Benefits", press=("New case",)),
    "topics of a case": View("cases/{case}", "^GET /topics", "Benefits", press=("More…", "Change the topic")),
    "agents of a case": View("cases/{case}", "^GET /agents", "Nobody", press=("More…", "Assign")),
    "topics of an email": View("unprocessed/{unprocessed}", "^GET /topics", "Benefits", press=("Make a case",)),
    "unprocessed": View("unprocessed", r"^GET /unprocessed(\?|$)", "{unknown}", "No unprocessed emails."),
    "unprocessed email": View("unprocessed/{unprocessed}", "^GET /unprocessed/{unprocessed}$", "Retry"),
    "job of the queue": View("unprocessed?job={job}", "^GET /jobs/{job}$", "1 of 1"),
    "mailboxes": View(
        "configuration", r"^GET /mailboxes\?limit=50|^GET /mailboxes$", "payroll@acme.example", "No mailboxes."
    ),
    "mailbox": View("configuration/mailboxes/payroll@acme.example", "^GET /mailboxes/payroll", "Trusted senders"),
    "choices of a mailbox": View("configuration/mailboxes/payroll@acme.example", r"^GET /topics\?", "Trusted senders"),
    "mappings": View("configuration/user-mappings", "^GET /user-mappings", "mapped", "No user mappings."),
    "mapping": View("configuration/user-mappings/mapped", "^GET /user-mappings/mapped$", "A short name"),
    "topics": View("configuration/topics", r"^GET /topics(\?(?!limit=200)|$)", "Benefits", "No topics."),
    "topic": View("configuration/topics/Payroll", "^GET /topics/Payroll$", "Service group by population"),
    "groups": View(
        "configuration/service-groups", r"^GET /service-groups(\?(?!limit=200)|$)", "Other", "No service groups."
    ),
    "group": View("configuration/service-groups/other", "^GET /service-groups/other$", "Alert address"),
    "templates to edit": View("configuration/templates", "^GET /templates", "Welcome", "No templates."),
    "template": View("configuration/templates/welcome", "^GET /templates/welcome$", "Merge fields"),
    "directory": View("configuration/directory", "^GET /employees", "{person}", "No employee fits."),
    "employee": View("configuration/directory/{user}", "^GET /employees/{user}$", "Erase this person"),
    "settings": View("configuration/settings", "^GET /settings", "Admin ?Email"),
    "probes": View("configuration/probes", "^GET /mailboxes", "Probes are off", "Probes are off"),
    "jobs": View("configuration/jobs", "^GET /jobs", "Retry", "No jobs yet."),
    "job": View("configuration/jobs/{job}", "^GET /jobs/{job}$", "1 of 1"),
    "purges": View("configuration/purges", "^GET /purges", "1 email", "Nothing was purged yet."),
    "audit": View("configuration/audit", "^GET /audit", "Topic saved", "No changes yet."),
    "mailboxes to try": View("try", "^GET /mailboxes", "payroll@acme.example"),
    "outbox": View("outbox", "^GET /local/outbox$", "{sent}", "Nothing has been sent yet."),
    "sent email": View("outbox/{sent_id}", "^GET /local/outbox/[^/]+/content$", "Seen by"),
}


@pytest.fixture(scope="module")
def filled(office: SystemClient) -> dict[str, str]:
    """One of each thing that the views show: the values of `{names}`."""
    jo = office.employ("Jo")
    case = open_case(office, jo)
    (entry,) = office.history(case["case_id"])
    sent = write_email(office, case, [jo.address])
    unknown = unique("Who am I")
    for subject in (unknown, discarded := unique("Away")):
        office.send(email(stranger(), subject))
    one, other = office.unprocessed_with(unknown), office.unprocessed_with(discarded)
    job = office.admin.post("/unprocessed/retry", {"ids": [one["id"]]})
    office.settle()
    office.admin.call("DELETE", f"/unprocessed/{other['id']}")
    office.admin.put(
        "/user-mappings/mapped", {"mailbox": "payroll@acme.example", "from": "m@x.example", "user_id": jo.user_id}
    )
    office.admin.put("/templates/welcome", {"name": "Welcome", "text": "Welcome."})
    first = unique("First")  # the directory shows fifty employees, in the order of their ids
    office.admin.put("/employees/0", {"name": first, "emails": [f"{word()}@acme.example"]})
    return {
        "case": case["case_id"],
        "number": case["number"],
        "subject": case["subject"],
        "email": entry["email_id"],
        "text": "Hello.",
        "sent": sent.subject,
        "sent_id": office.outbox_ids()[-1],
        "unknown": unknown,
        "unprocessed": one["id"],
        "job": job["job_id"],
        "user": jo.user_id,
        "person": first,
    }


@pytest.fixture(scope="module")
def page(browser: Browser, office: SystemClient) -> Iterator[Page]:
    """One page for all views, because an admin sees them all."""
    origin = str(office.http.base_url).rstrip("/")
    with opened(browser, origin, "admin", "#/nowhere", watched_for_errors=False) as page:
        yield page


@pytest.fixture
def stubs(page: Page) -> Iterator[Stubs]:
    stubs = Stubs(page)
    yield stubs
    page.unroute_all(behavior="ignoreErrors")


class Visit:
    """Opens one view anew, and looks at it."""

    def __init__(self, page: Page, view: View, names: dict[str, str]) -> None:
        self.page, self.view = page, view
        self.address = view.address.format(**names)
        patterns = {name: re.escape(text) for name, text in names.items()}
        self.request, self.shown = (
            text.format(**patterns) if "{" in text else text for text in (view.request, view.shown)
        )

    def open(self) -> None:
        """Leaves for a view without requests, and comes back."""
        self.page.evaluate("() => { location.hash = '#/nowhere'; }")
        expect(self.page.get_by_text("This page does not exist")).to_be_visible()
        self.page.evaluate("(address) => { location.hash = `#/${address}`; }", self.address)
        for name in self.view.press:
            self.page.get_by_role("button", name=name, exact=True).click()

    def has(self, text: str) -> None:
        """The view shows this, and nothing that is not for people."""
        expect(self.page.locator("main")).to_contain_text(re.compile(text))
        words = self.page.locator("main").inner_text()
        assert not _JUNK.search(words), words

    def try_all_again(self) -> None:
        """Presses **Try again** wherever something has failed, until the view is there."""
        main = self.page.locator("main")
        for _ in range(8):
            with suppress(Error):  # the button may be gone, because another one brought the view back
                main.get_by_role("button", name="Try again").first.click(timeout=500)
            with suppress(AssertionError):
                expect(main).to_contain_text(re.compile(self.shown), timeout=500)
                return

    def end(self) -> None:
        """Closes the window, if the view is one."""
        if self.view.press:
            self.page.keyboard.press("Escape")
        if "compose" in self.view.address:
            self.page.get_by_role("button", name="Discard", exact=True).click()


@pytest.mark.parametrize("name", VIEWS)
def test_states(page: Page, stubs: Stubs, filled: dict[str, str], name: str) -> None:
    """Loading, then content; an error and offline, each with a way to try again; empty; the session has ended."""
    visit = Visit(page, VIEWS[name], filled)
    stubs.hold(visit.request)
    visit.open()
    expect(page.locator("main").get_by_role("status").filter(has_text="Loading…").first).to_be_attached()
    stubs.release()
    visit.has(visit.shown)
    visit.end()

    stubs.answer(visit.request, failed)
    visit.open()
    alert = page.locator("main").get_by_role("alert").filter(has_text=f"Request id: {REQUEST_ID}").first
    expect(alert).to_be_visible()
    visit.has(REQUEST_ID)
    stubs.release()
    alert.get_by_role("button", name="Try again").click()
    visit.has(visit.shown)
    expect(alert).to_be_hidden()
    visit.end()

    if visit.view.empty:
        stubs.answer(visit.request, answered(200, visit.view.nothing or EMPTY))
        visit.open()
        visit.has(visit.view.empty)
        stubs.release()
        visit.end()

    if not visit.view.press:  # which need what is not there offline
        stubs.answer(".", unreachable)
        visit.open()
        expect(page.get_by_text("You are offline.")).to_be_visible()
        visit.has("The server cannot be reached.")
        stubs.release()
        visit.try_all_again()
        visit.has(visit.shown)
        expect(page.get_by_text("You are offline.")).to_be_hidden()

    stubs.answer(visit.request, session_ended)
    visit.open()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog.get_by_role("button", name="Sign in")).to_be_focused()
    stubs.release()
    page.reload()
    expect(dialog).to_have_count(0)
    page.get_by_role("banner").wait_for()


@dataclass(frozen=True)
class Action:
    """What somebody does in a view: the buttons to press, the fields to fill, the button that asks the server.

    `done` is said in the end. With `off`, the button is switched off then.
    """

    address: str
    press: tuple[str, ...]
    fill: dict[str, str]
    button: str
    request: str
    done: str
    off: bool = False


ACTIONS = {
    "close a case": Action("cases/{case}", (), {}, "Close", "^PATCH /cases/", "The case is closed."),
    "reopen it": Action("cases/{case}", (), {}, "Reopen", "^PATCH /cases/", "The case is open again."),
    "note": Action(
        "cases/{case}", ("More…", "Add a note"), {"Note": "Kept."}, "Add a note", "^POST .*/notes$", "Kept."
    ),
    "subject": Action(
        "cases/{case}",
        ("More…", "Change the subject of the case"),
        {"Subject of the case": "Another one"},
        "Save",
        "^PATCH /cases/",
        "Saved.",
    ),
    "signature": Action(
        "cases/{case}?compose=new", ("Signature",), {"Your signature": "Ada"}, "Save", "^PUT /me/signature", "is kept"
    ),
    "retry": Action("unprocessed/{unprocessed}", (), {}, "Retry", "^POST .*/retry$", "Nothing has changed."),
    "hold": Action(
        "unprocessed/{unprocessed}", ("Hold",), {"Why": "A claim"}, "Hold this email", "^POST .*/hold$", "A claim"
    ),
    "release": Action("unprocessed/{unprocessed}", (), {}, "Release", "^POST .*/release$", "The email is released."),
    "mailbox": Action(
        "configuration/mailboxes/payroll@acme.example",
        (),
        {"Contact line": "Call 100"},
        "Save",
        "^PUT /mailboxes/",
        "Saved.",
        off=True,
    ),
    "last emails": Action(
        "configuration/mailboxes/payroll@acme.example",
        (),
        {"Number of emails": "1"},
        "Try the last emails",
        "^POST /try/jobs$",
        "1 of 1",
    ),
    "preview": Action(
        "configuration/templates/welcome", (), {}, "Preview", "^POST /templates/welcome/preview$", "Welcome."
    ),
    "try": Action("try?unprocessed={unprocessed}", (), {}, "Try it", "^POST /try$", "It would make no case."),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_failed_actions(page: Page, stubs: Stubs, filled: dict[str, str], name: str) -> None:
    """An action that fails says why, also offline; nothing that was written is lost, and it can be done again."""
    action = ACTIONS[name]
    view = View(action.address, "", "", press=action.press)
    visit = Visit(page, view, filled)
    visit.open()
    for label, text in action.fill.items():
        page.get_by_label(label, exact=True).last.fill(text)
    button = page.get_by_role("button", name=action.button, exact=True).last
    for answer, words in ((failed, f"Request id: {REQUEST_ID}"), (unreachable, "The server cannot be reached.")):
        stubs.answer(action.request, answer)
        button.click()
        expect(page.get_by_role("alert").filter(has_text=words).last).to_be_visible()
        for label, text in action.fill.items():
            expect(page.get_by_label(label, exact=True).last).to_have_value(text)
    stubs.release()
    button.click()
    expect(page.get_by_text(action.done).last).to_be_visible()
    if action.off:
        expect(button).to_be_disabled()
    dismiss = page.locator(".toasts").get_by_role("button", name="Dismiss")
    while dismiss.count():
        dismiss.first.click()
    visit.end()


def test_start(page: Page, stubs: Stubs) -> None:
    """Before anything is shown: who is here cannot be loaded."""
    for answer, words in ((failed, f"Request id: {REQUEST_ID}"), (unreachable, "The server cannot be reached.")):
        stubs.answer("^GET /me$", answer)
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text(words)
        stubs.release()
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("banner").wait_for()
