"""Emails of systems and web forms have up to four values on the first four lines."""

import base64
import quopri
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.support.system.mail import as_sent, email, unique, unique_id, word
from tests.support.system.system_client import BENEFITS, FORMS, Person, SystemClient

ISSUE = "I have moved house."
FormEmail = Callable[[str], bytes]
"""The body and its header fields, for a user id."""


def text(body: str, charset: str = "utf-8", encoding: str = "8bit") -> bytes:
    """A text body that keeps the line ends of `body`."""
    raw = body.encode(charset)
    if encoding == "base64":
        raw = base64.encodebytes(raw)
    if encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    head = f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + raw


def html(body: str) -> bytes:
    return text(body).replace(b"text/plain", b"text/html")


def both(plain: str, marked_up: str) -> bytes:
    message = EmailMessage()
    message.set_content(plain)
    message.add_alternative(marked_up, subtype="html")
    return bytes(message)


def soft_wrapped(who: str) -> bytes:
    wrapped = text("@", encoding="quoted-printable")
    return wrapped.replace(
        b"@", f"[{who}]=0D=0A[Pay=\nroll]=0D=0A[Y=\nes]=0D=0A=\n=0D=0AI have moved =\nhouse.".encode()
    )


# fmt: off
FORM_EMAILS: dict[str, FormEmail] = {
    "plain": lambda who: text(f"[{who}]\n[Payroll]\n[Yes]\n\n{ISSUE}\n"),
    "CRLF": lambda who: text(f"[{who}]\r\n[Payroll]\r\n[Yes]\r\n\r\n{ISSUE}\r\n"),
    "a blank line more": lambda who: text(f"[{who}]\n[Payroll]\n[Yes]\n\n\n{ISSUE}\n"),
    "quoted-printable": lambda who: text(f"[{who}]\n[Payroll]\n[Yes]\n\n{ISSUE}\n", encoding="quoted-printable"),
    "soft-wrapped quoted-printable": soft_wrapped,
    "base64": lambda who: text(f"[{who}]\r\n[Payroll]\r\n[Yes]\r\n\r\n{ISSUE}\r\n", encoding="base64"),
    "line 1= labels": lambda who: text(f"line 1=[{who}]\nline 2=[Payroll]\nline 3=[Yes]\n\n{ISSUE}\n"),
    "all labels": lambda who: text(f"line 1=[{who}]\nline 2=[Payroll]\nline 3=[Yes]\nline 4=\n{ISSUE}\n"),
    "capital labels": lambda who: text(f"Line 1= [{who}]\nLine 2= [Payroll]\nLine 3= [Yes]\n\n{ISSUE}\n"),
    "byte-order mark": lambda who: text(f"\ufeff[{who}]\n[Payroll]\n[Yes]\n\n{ISSUE}\n"),
    "byte-order mark in base64": lambda who: text(
        f"\ufeff[{who}]\r\n[Payroll]\r\n[Yes]\r\n\r\n{ISSUE}\r\n", encoding="base64"
    ),
    "non-breaking spaces": lambda who: text(f"\u00a0[{who}]\u00a0\n[\u00a0Payroll]\n[Yes\u00a0]\n\u00a0\n{ISSUE}\n"),
    "non-breaking spaces in Latin-1": lambda who: text(
        f"[{who}]\u00a0\n[Payroll]\u00a0\n[Yes]\n\u00a0\n{ISSUE}\n", "iso-8859-1"
    ),
    "a leading blank line": lambda who: text(f"\n[{who}]\n[Payroll]\n[Yes]\n\n{ISSUE}\n"),
    "three leading blank lines": lambda who: text(f"\r\n\r\n \r\n[{who}]\r\n[Payroll]\r\n[Yes]\r\n\r\n{ISSUE}\r\n"),
    "spaces around and within": lambda who: text(f"  [ {who} ]  \n\t[ Payroll ]\n[Yes] \n \n{ISSUE}\n"),
    "lower case": lambda who: text(f"[{who}]\n[payroll]\n[yes]\n\n{ISSUE}\n"),
    "HTML blocks": lambda who: html(
        f"<html><body><div>[{who}]</div><div>[Payroll]</div><div>[Yes]</div><div></div><div>{ISSUE}</div></body></html>"
    ),
    "HTML blocks with <br>": lambda who: html(
        f"<div>[{who}]</div><div>[Payroll]</div><div>[Yes]</div><div><br></div><div>{ISSUE}</div>"
    ),
    "HTML lines": lambda who: html(f"<body>[{who}]<br>[Payroll]<br/>[Yes]<br><br>{ISSUE}</body>"),
    "HTML paragraphs": lambda who: html(
        f"<p>[{who}]</p>\n<p>[Payroll]</p>\n<p>[Yes]</p>\n<p>&nbsp;</p>\n<p>{ISSUE}</p>"
    ),
    "Outlook's HTML": lambda who: html(
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p.MsoNormal {margin:0cm}</style></head>"
        f"<body lang=DE><div class=WordSection1>\r\n<p class=MsoNormal><span lang=EN>[{who}]<o:p></o:p></span></p>\r\n"
        "<p class=MsoNormal>[<span>Pay</span>roll]<o:p></o:p></p>\r\n<p class=MsoNormal>[Yes]<o:p></o:p></p>\r\n"
        f"<p class=MsoNormal><o:p>&nbsp;</o:p></p>\r\n<p class=MsoNormal>{ISSUE}<o:p></o:p></p></div></body></html>"
    ),
    "HTML labels": lambda who: html(f"line 1=[{who}]<br>line 2=[Payroll]<br>line 3=[Yes]<br><br>{ISSUE}"),
    "text and HTML": lambda who: both(
        f"[{who}]\n[Payroll]\n[Yes]\n\n{ISSUE}\n",
        f"<p>[{who}]<br>[Payroll]<br>[Yes]<br><br>{ISSUE}</p>",
    ),
    "text of double spacing beside HTML": lambda who: both(
        f"[{who}]\n\n[Payroll]\n\n[Yes]\n\n \n\n{ISSUE}\n",
        f"<p>[{who}]</p><p>[Payroll]</p><p>[Yes]</p><p>&nbsp;</p><p>{ISSUE}</p>",
    ),
}
# fmt: on


def from_forms(subject: str, body: bytes, sender: str = FORMS, **headers: str) -> bytes:
    """An email of the forms server with this body and these header fields."""
    message = email(sender, subject, To="benefits@acme.example", Auto_Submitted="auto-generated", **headers)
    fields = b"".join(
        f"{name}: {value}\n".encode()
        for name, value in message.items()
        if not name.lower().startswith(("content-", "mime-"))
    )
    return fields + body


def values(*lines: str, issue: str = ISSUE) -> bytes:
    return text("\n".join([*lines, issue, ""]))


@pytest.fixture(scope="module")
def sam(acme: SystemClient) -> Person:
    return acme.employ("Sam")


@pytest.mark.parametrize("form_email", FORM_EMAILS.values(), ids=FORM_EMAILS)
def test_form_emails(acme: SystemClient, jo: Person, form_email: FormEmail) -> None:
    """Every way to write the lines makes the same case."""
    subject = unique("Form")

    acme.send(from_forms(subject, form_email(jo.user_id)), to=BENEFITS)

    case = acme.case_with(subject)
    changing = ("case_id", "number", "created_at", "updated_at", "last_inbound_at")
    assert {name: value for name, value in case.items() if name not in changing} == {
        "status": "open",
        "subject": subject,
        "issue": ISSUE,
        "topic": "Payroll",
        "service_group": "default",
        "employee": {"user_id": jo.user_id, "name": jo.name, "email": jo.address},
        "regarding": None,
        "show_to_employee": True,
        "flags": [],
        "warnings": [],
        "siblings": [],
        "merged_into": None,
        "mailbox": "benefits@acme.example",
        "assignee": None,
        "unread": True,
        "waiting_on": "agent",
        "last_outbound_at": None,
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda jo, sam: values(f"[{jo}]", "[Employee Relations]", "[No]", f"[{sam}]"), id="plain"),
        pytest.param(
            lambda jo, sam: values(f"line 1=[{jo}]", "line 2=[Employee Relations]", "line 3=[No]", f"line 4=[{sam}]"),
            id="labels",
        ),
        pytest.param(lambda jo, sam: html(f"<p>[{jo}]<p>[Employee Relations]<p>[No]<p>[{sam}]<p>{ISSUE}"), id="HTML"),
    ],
)
def test_values(acme: SystemClient, jo: Person, sam: Person, body: Callable[[str, str], bytes]) -> None:
    """The four values decide the case."""
    subject = unique("Four values")

    acme.send(from_forms(subject, body(jo.user_id, sam.user_id)), to=BENEFITS)

    case = acme.case_with(subject)
    assert case["employee"]["user_id"] == jo.user_id
    assert case["regarding"] == {"user_id": sam.user_id, "name": sam.name, "email": sam.address}
    assert (case["topic"], case["show_to_employee"], case["flags"]) == ("Employee Relations", False, [])
    assert case["issue"] == ISSUE


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            lambda jo: values("CAUTION: External email. Do not click links.", "", f"[{jo}]", "[Payroll]", "[Yes]", ""),
            id="text",
        ),
        pytest.param(
            lambda jo: html(
                "<table><tr><td>[EXTERNAL EMAIL] Do not open attachments.</td></tr></table>"
                f"<p>line 1=[{jo}]</p><p>line 2=[Payroll]</p><p>line 3=[Yes]</p><p>line 4=</p><p>{ISSUE}</p>"
            ),
            id="HTML labels",
        ),
    ],
)  # fmt: skip
def test_values_below_a_banner(acme: SystemClient, jo: Person, body: Callable[[str], bytes]) -> None:
    """The four values are found below a gateway's banner, and the trace says so."""
    subject = unique("Banner")

    acme.send(from_forms(subject, body(jo.user_id)), to=BENEFITS)

    case = acme.case_with(subject)
    assert (case["employee"]["user_id"], case["topic"], case["flags"]) == (jo.user_id, "Payroll", [])
    assert case["issue"] == ISSUE
    (entry,) = acme.history(case["case_id"])
    trace = acme.entry(case["case_id"], entry["email_id"])["trace"]
    assert [step["verdict"] for step in trace if "banner" in step["detail"]] == ["note"]
    assert entry["preview"] == ISSUE


def test_values_not_believed(acme: SystemClient, jo: Person) -> None:
    """Values that stand below other text are text, and a flag says so."""
    subject = unique("Elsewhere")
    text_of_jo = f"Dear HR,\n\n[{jo.user_id}]\n[Employee Relations]\n[Yes]\n\n{ISSUE}"

    acme.send(email(jo.mailbox, subject, f"{text_of_jo}\n"))

    case = acme.case_with(subject)
    assert (case["topic"], case["flags"]) == ("General", ["values_not_believed"])
    assert case["issue"].strip() == text_of_jo


def test_unused_values(acme: SystemClient, jo: Person) -> None:
    """Unused values come from the mailbox."""
    subject = unique("One value")

    acme.send(from_forms(subject, values(f"[{jo.user_id}]", "", "", "")), to=BENEFITS)

    case = acme.case_with(subject)
    assert case["employee"]["user_id"] == jo.user_id
    assert (case["topic"], case["show_to_employee"], case["regarding"]) == ("Benefits", False, None)
    assert case["issue"] == ISSUE


def test_unknown_topic(acme: SystemClient, jo: Person) -> None:
    """An unknown topic becomes the default topic, with a flag."""
    subject = unique("Unknown topic")

    acme.send(from_forms(subject, values(f"[{jo.user_id}]", "[Astrology]", "[Yes]", "")), to=BENEFITS)

    case = acme.case_with(subject)
    assert (case["topic"], case["show_to_employee"], case["flags"]) == ("Benefits", True, ["topic_defaulted"])
    (entry,) = acme.history(case["case_id"])
    trace = acme.entry(case["case_id"], entry["email_id"])["trace"]
    assert "note" in {step["verdict"] for step in trace}


def test_neither_yes_nor_no(acme: SystemClient, jo: Person) -> None:
    """Neither yes nor no becomes the default, and is noted."""
    subject = unique("Perhaps")

    acme.send(from_forms(subject, values(f"[{jo.user_id}]", "[Payroll]", "[Perhaps]", "")), to=BENEFITS)

    case = acme.case_with(subject)
    assert (case["topic"], case["show_to_employee"]) == ("Payroll", False)
    (entry,) = acme.history(case["case_id"])
    trace = acme.entry(case["case_id"], entry["email_id"])["trace"]
    assert "note" in {step["verdict"] for step in trace}


def test_unknown_regarding(acme: SystemClient, jo: Person) -> None:
    """An unknown regarding is left out, with a flag."""
    subject = unique("Regarding nobody")

    acme.send(from_forms(subject, values(f"[{jo.user_id}]", "[Payroll]", "[Yes]", "[nobody-such]")), to=BENEFITS)

    case = acme.case_with(subject)
    assert (case["regarding"], case["flags"]) == (None, ["regarding_not_found"])


@pytest.mark.parametrize(
    "body",
    [
        values("[000-no-such]", "[Payroll]", "[Yes]", ""),
        values("line 1=", "line 2=[Payroll]", "line 3=[Yes]", "line 4="),
        values("Dear all,", "this carries no values."),
        text(""),
    ],
    ids=["unknown", "blank", "no values", "nothing at all"],
)
def test_employee_not_found(acme: SystemClient, body: bytes) -> None:
    subject = unique("No such employee")

    acme.send(from_forms(subject, body), to=BENEFITS)

    assert acme.unprocessed_with(subject)["reason"] == "employee_not_found"
    assert acme.cases_with(subject) == []


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("intruder@elsewhere.example", {}),
        ("forms@forms.acme.example.elsewhere.example", {}),
        ("forms@evil-forms.acme.example", {}),
        ("other@forms.acme.example", {}),
        ('"forms@forms.acme.example" <intruder@elsewhere.example>', {}),
        (FORMS, {"X_Local_Verdicts": "dkim=FAIL dmarc=FAIL"}),
        # DMARC passes by SPF alone, which is that of the client's own server.
        (FORMS, {"X_Local_Verdicts": "dkim=FAIL dmarc=PASS"}),
        (FORMS, {"X_Local_Verdicts": "dkim=GRAY dmarc=PASS"}),
        (
            FORMS,
            {
                "X_Local_Verdicts": "dkim=FAIL dmarc=FAIL",
                "Authentication_Results": "amazonses.com; dkim=pass header.i=@forms.acme.example; "
                "dmarc=pass header.from=forms.acme.example",
            },
        ),
    ],
)
def test_trusted_senders(acme: SystemClient, jo: Person, sender: str, headers: dict[str, str]) -> None:
    """Values are believed only from trusted senders."""
    subject = unique("Not trusted")
    body = values(f"[{jo.user_id}]", "[Payroll]", "[Yes]", "")

    acme.send(from_forms(subject, body, sender, **headers), to=BENEFITS)

    item = acme.unprocessed_with(subject)
    assert (item["reason"], item["mailbox"]) == ("sender_not_trusted", "benefits@acme.example")
    assert acme.cases_with(subject) == []


@pytest.mark.parametrize(
    ("helo", "sender"),
    [
        ("x;dmarc=pass", "a@evil.example"),
        ("x; dkim=pass header.i=@forms.acme.example; dmarc=pass header.from=forms.acme.example;", "a@evil.example"),
        ("x for <payroll@in.acme-cases.example>; y", "a@evil.example"),
        ("evil.example", '"x; dkim=pass header.i=@forms.acme.example; dmarc=pass"@evil.example'),
    ],
)
def test_forged_envelope(acme: SystemClient, jo: Person, helo: str, sender: str) -> None:
    """Nothing that a client says in HELO or MAIL FROM makes a sender trusted, or changes the mailbox."""
    subject = unique("Forged envelope")
    body = values(f"[{jo.user_id}]", "[Payroll]", "[Yes]", "")
    unproven = as_sent(from_forms(subject, body, X_Local_Verdicts="spf=FAIL dkim=GRAY dmarc=GRAY"))

    with acme.connect() as client:
        for command in (f"EHLO {helo}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{BENEFITS}>"):
            assert client.docmd(command)[0] == 250
        assert client.data(unproven)[0] == 250
    acme.settle()

    item = acme.unprocessed_with(subject)
    assert (item["reason"], item["mailbox"]) == ("sender_not_trusted", "benefits@acme.example")
    assert acme.cases_with(subject) == []


@pytest.mark.parametrize("verdicts", ["spf=FAIL", "spf=FAIL dkim=PASS dmarc=FAIL"])
def test_aligned_signature(acme: SystemClient, jo: Person, verdicts: str) -> None:
    """A signature of the From domain is enough."""
    subject = unique("Trusted")
    body = values(f"[{jo.user_id}]", "[Payroll]", "[Yes]", "")

    acme.send(from_forms(subject, body, X_Local_Verdicts=verdicts), to=BENEFITS)

    assert acme.case_with(subject)["employee"]["user_id"] == jo.user_id


def test_identified_by_from(acme: SystemClient, jo: Person, sam: Person) -> None:
    """If the mailbox identifies by From, untrusted lines are text."""
    subject = unique("Just text")
    lines = f"[{sam.user_id}]\n[Employee Relations]\n[Yes]\n\n{ISSUE}"

    acme.send(email(jo.mailbox, subject, f"{lines}\n"))

    case = acme.case_with(subject)
    assert case["employee"]["user_id"] == jo.user_id
    assert (case["topic"], case["show_to_employee"], case["regarding"]) == ("General", False, None)
    assert case["flags"] == ["values_not_believed"]
    assert case["issue"].strip() == lines


def test_waived_authentication(strict: SystemClient) -> None:
    """From names the employee, and the lines of an unsigned email name topic and show."""
    own, kiosk = unique_id(), f"kiosk.{word()}@forms.acme.example"
    strict.admin.put(f"/employees/{own}", {"name": "Kiosk", "emails": [kiosk], "population": None, "blocked": False})
    subject = unique("Unsigned")
    body = text(f"line 1=\nline 2=[Bonus]\nline 3=[No]\nline 4=\n{ISSUE}\n")

    strict.send(from_forms(subject, body, kiosk, X_Local_Verdicts="spf=FAIL dkim=GRAY dmarc=GRAY"))

    case = strict.case_with(subject)
    assert (case["employee"]["user_id"], case["topic"], case["show_to_employee"]) == (own, "Bonus", False)
    assert case["issue"] == ISSUE


def test_rate_limit(strict: SystemClient) -> None:
    """Trusted senders have no rate limit."""
    own, kiosk = unique_id(), f"kiosk.{word()}@forms.acme.example"
    strict.admin.put(f"/employees/{own}", {"name": "Kiosk", "emails": [kiosk], "population": None, "blocked": False})
    for _ in range(5):
        strict.send(from_forms(unique("Many"), text("Hello\n"), kiosk), settle=False)
    strict.settle()

    assert len(strict.admin.items("/cases", employee=own)) == 5
