"""Makes the pictures of the console in `docs/screenshots` (`make screenshots`): a running system with made-up people.

The system is that of `make run`, with the fonts and the browser of this machine. Emails come in over SMTP, agents
answer through the API, and the browser shows what became of it.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.console.browser import installed
from tests.support.paths import ROOT
from tests.support.system.mail import email
from tests.support.system.system_client import BENEFITS, PAYROLL, SystemClient, system

FOLDER = ROOT / "docs" / "screenshots"
WIDE, NARROW = (1366, 850), (360, 740)

PEOPLE = {
    "543457": ("Anna Keller", "anna.keller@acme.example"),
    "518220": ("Tomás Oliveira", "tomas.oliveira@acme.example"),
    "600315": ("Priya Raman", "priya.raman@acme.example"),
    "611904": ("王芳 (Wang Fang)", "wang.fang@acme.example"),
    "402771": ("Jonas Weber", "jonas.weber@acme.example"),
    "733018": ("Marie-Claire Dubois", "mc.dubois@acme.example"),
    "290456": ("Søren Kjær", "soren.kjaer@acme.example"),
    "845120": ("Ibrahim Diallo", "ibrahim.diallo@acme.example"),
    "377642": ("Grace O’Connor", "grace.oconnor@acme.example"),
    "158833": ("Lucie Moreau", "lucie.moreau@acme.example"),
}

_ANNA = """Hello,

my payslip for October still says tax class I. It should be III since our wedding in September.

Best regards
Anna Keller
"""
_ANNA_AGAIN = """Hello Sam,

thank you. The new payslip still says tax class I. I have attached the letter of the tax office.

On 25 November Sam Meyer wrote:
> please find the corrected payslip attached.
"""

FIRST_EMAILS = (
    ("377642", "Benefits", "Company bike: end of the lease", "Can I buy it, and what would be the price?"),
    ("845120", "Payroll", "Overtime of the night shift paid twice?", "My payslip shows the night of the 14th twice."),
    ("290456", "General", "Working from Portugal for two weeks", "Is that possible in February? What do you need?"),
    ("733018", "Benefits", "Pension contribution missing in September", "The fund's statement shows nothing."),
    ("402771", "General", "Sick note 23 to 27 November", "Please find my sick note attached."),
    ("611904", "General", "Certificate of employment for a visa", "I need a certificate for the consulate."),
    ("600315", "Payroll", "New bank details", "Please pay my salary to the following account from this month on."),
    ("518220", "Benefits", "Parental leave from March: which forms?", "We expect our second child in February."),
    ("543457", "Payroll", "Payslip for October shows the wrong tax class", _ANNA),
)


STILL_UNREAD = ("New bank details", "Parental leave from March: which forms?")


def main() -> int:
    """Writes all pictures. Returns the exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        system(
            CaseCreationRecipients=f"{PAYROLL},{BENEFITS}",
            MaxCasesPerSenderPerHour="1000",
            DefaultServiceGroupAddress="payroll-team@acme.example",
        ) as office,
        sync_playwright() as playwright,
    ):
        path = installed(playwright)
        if path is None:
            print("There is no Chromium on this machine.", file=sys.stderr)
            return 1
        browser = playwright.chromium.launch(executable_path=path)
        origin = str(office.http.base_url).rstrip("/")
        # Only the console's tokens hold a name. From then on, the agent has one everywhere.
        with _opened(browser, origin, "agent", WIDE, "light"):
            case_id = _fill(office)
        for name, user, address, size, theme in _views(case_id):
            with _opened(browser, f"{origin}/{address}", user, size, theme) as page:
                if name.startswith("unprocessed") and size == WIDE:
                    page.get_by_role("link", name="Question about my contract").click()
                    expect(page.get_by_role("button", name="Retry", exact=True).last).to_be_visible()
                if name == "outbox":
                    page.get_by_role("link", name="Re: Payslip for October").click()
                    expect(page.get_by_role("button", name="Reply as recipient")).to_be_visible()
                page.wait_for_load_state("networkidle")
                _save(page, name)
        with _opened(browser, f"{origin}/#/cases/{case_id}", "agent", WIDE, "light") as page:
            page.get_by_role("button", name="Reply", exact=True).click()
            expect(page.get_by_role("textbox", name="Message")).to_be_focused()
            page.keyboard.type("Dear Anna, you are right: the November payslip will correct October.")
            _save(page, "reply")
        browser.close()
    return 0


def _views(case_id: str) -> Iterator[tuple[str, str, str, tuple[int, int], str]]:
    """Name of the picture, user, address, size, theme."""
    views = {
        "cases": ("agent", "#/cases"),
        "case": ("agent", f"#/cases/{case_id}"),
        "unprocessed": ("admin", "#/unprocessed"),
        "configuration": ("admin", "#/configuration"),
        "try": ("admin", "#/try"),
        "outbox": ("agent", "#/outbox"),
    }
    for name, (user, address) in views.items():
        yield name, user, address, WIDE, "light"
    for name in ("cases", "case", "unprocessed"):
        yield f"{name}-dark", *views[name], WIDE, "dark"
        yield f"{name}-narrow", *views[name], NARROW, "light"


def _fill(office: SystemClient) -> str:
    """People, topics, cases and answers. Returns the id of the case that is shown."""
    for topic in ("General", "Payroll", "Benefits"):
        office.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {}})
    for user_id, (name, address) in PEOPLE.items():
        body = {"name": name, "emails": [address], "population": None, "blocked": False}
        office.admin.put(f"/employees/{user_id}", body)
    for user_id, _, subject, text in FIRST_EMAILS:
        message = email(_from(user_id), subject, f"{text}\n")
        if user_id == "402771":
            _attach(message, "sick note.pdf")
        if user_id == "600315":
            message["X-Local-Verdicts"] = "spf=FAIL dkim=FAIL dmarc=FAIL"
        office.send(message, settle=False)
    for sender, subject in (
        ("l.moreau@contractor.example", "Question about my contract"),
        ("d.rossi@contractor.example", "Timesheet week 47"),
        ("h.tanaka@contractor.example", "Re: Welcome"),
    ):
        office.send(email(f"<{sender}>", subject, "Hello, whom do I ask about this?\n"), settle=False)
    office.settle()
    for _, topic, subject, _ in FIRST_EMAILS:
        case_id = office.case_with(subject)["case_id"]
        office.agent.change(case_id, topic=topic)
        if subject not in STILL_UNREAD:
            office.agent.post(f"/cases/{case_id}/read", {})
    _answer(office, "Certificate of employment for a visa", "Attached is the certificate, signed today.")
    _answer(office, "Pension contribution missing in September", "We have asked the fund. They answer in five days.")
    return _conversation(office)


def _conversation(office: SystemClient) -> str:
    """An answer to Anna Keller, a note, and her reply with a file. Returns the case's id."""
    subject = "Payslip for October shows the wrong tax class"
    case = office.case_with(subject)
    body = "<p>Dear Anna,</p><p>please find the corrected payslip attached.</p><p>Sam Meyer, HR Services</p>"
    to = [PEOPLE["543457"][1], "bounce@simulator.amazonses.com"]
    entry = {"to": to, "subject": f"Re: {subject}", "text": "Dear Anna, please find it attached.", "html": body}
    with office.sending() as sent:
        office.agent.write(case["case_id"], entry, secrets.token_hex(16))
    note = {"text": "The tax office sends changes on the 20th. Please check November as well."}
    office.agent.post(f"/cases/{case['case_id']}/notes", note, {"Idempotency-Key": secrets.token_hex(16)})
    reply = email(
        _from("543457"),
        sent[0].subject,
        _ANNA_AGAIN,
        To="answers@acme.example",
        In_Reply_To=str(sent[0].message["Message-ID"]),
    )
    _attach(reply, "Bescheid 2026-09-18.pdf")
    office.send(reply, to="answers@in.acme-cases.example")
    return str(case["case_id"])


def _answer(office: SystemClient, subject: str, text: str) -> None:
    case = office.case_with(subject)
    body = {"to": [case["employee"]["email"]], "subject": f"Re: {subject}", "text": text}
    office.agent.write(case["case_id"], body, secrets.token_hex(16))
    office.settle()


def _from(user_id: str) -> str:
    name, address = PEOPLE[user_id]
    return f'"{name}" <{address}>'


def _attach(message: EmailMessage, filename: str) -> None:
    message.add_attachment(b"%PDF-1.7\n" + bytes(211_000), maintype="application", subtype="pdf", filename=filename)


@contextmanager
def _opened(browser: Browser, address: str, user: str, size: tuple[int, int], theme: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=8))
    page.goto(address)
    page.get_by_role("button", name=user, exact=True).click()
    page.get_by_role("banner").wait_for()
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def _save(page: Page, name: str) -> None:
    path: Path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    print(f"docs/screenshots/{path.name}  {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    sys.exit(main())
