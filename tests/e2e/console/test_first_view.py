"""What the first view of the list of cases costs: bytes over the wire, files, API calls."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response, expect

from tests.support.console.pages import Open
from tests.support.system.system_client import SystemClient

MOST_BYTES = 150_000
MOST_FILES = 8
MOST_CALLS = 3


def test_budget(browser: Browser, open_console: Open, office: SystemClient) -> None:
    """Of 50 cases, with an empty cache: at most 150 KB compressed, 8 files and 3 API calls."""
    person = office.employ()
    there = len(office.agent.get("/cases?status=open&limit=50")["items"])
    for n in range(50 - there):
        body = {"user_id": person.user_id, "subject": f"Case {n}: payslip, leave and travel", "issue": "Hello. " * 20}
        office.agent.post("/cases", body | {"topic": "Payroll", "show_to_employee": False})
    office.settle()
    with open_console("agent") as page:
        expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(50)
        tokens = page.evaluate("() => sessionStorage.getItem('email-channels.tokens')")
        origin = str(office.http.base_url).rstrip("/")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    answers: list[Response] = []
    page.add_init_script(f"sessionStorage.setItem('email-channels.tokens', {tokens!r})")
    page.on("response", lambda answer: answers.append(answer))
    page.goto(origin)
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(50)
    page.wait_for_load_state("networkidle")
    # On a slow machine, the page may already ask again for what is new.
    firsts = {answer.url: answer for answer in reversed(answers)}
    seen = [(urlsplit(url).path, answer.request.sizes()) for url, answer in firsts.items()]
    context.close()
    files = [path for path, _ in seen if path == "/" or path.startswith("/assets/")]
    calls = [path for path, _ in seen if path not in files]
    size = sum(each["responseBodySize"] + each["responseHeadersSize"] for _, each in seen)
    assert len(files) <= MOST_FILES, files
    assert len(calls) <= MOST_CALLS, calls
    assert size <= MOST_BYTES, seen
    print(f"first view: {size} bytes, {len(files)} files, {len(calls)} API calls")
