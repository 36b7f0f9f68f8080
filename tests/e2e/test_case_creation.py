"""Manual emails of employees to a mailbox."""

import re
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.originals import SES_FIELDS
from tests.support.system.mail import address_in, as_sent, email, html_email, message_id, unique, unique_id, word
from tests.support.system.system_client import NOTIFICATIONS, REPLY_TO, SERVICE, SystemClient

NUMBER = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}")


def deliver(system: SystemClient, message: EmailMessage, how: str) -> bytes:
    """Sends over SMTP in the way that `how` says; returns the bytes that were sent."""
    if how == "starttls":
        return system.send(message)
    raw = as_sent(message)
    with smtplib.SMTP_SSL("127.0.0.1", system.smtps_port, context=system.tls, timeout=30) as client:
        assert client.sendmail(address_in(raw), ["payroll@in.acme-cases.example"], raw) == {}
    system.settle()
    return raw


def recent(time: str) -> bool:
    """Whether a time is RFC 3339 in UTC and lies in the last minutes."""
    at = datetime.fromisoformat(time)
    return at.utcoffset() == timedelta(0) and timedelta(minutes=-1) < datetime.now(UTC) - at < timedelta(minutes=10)


def only_entry(system: SystemClient, case: Any) -> Any:
    """The only email in the history of a case, whole."""
    (entry,) = system.history(case["case_id"])
    return system.entry(case["case_id"], entry["email_id"])


@pytest.mark.parametrize("how", ["starttls", "implicit tls"])
def test_manual_email(acme: SystemClient, how: str) -> None:
    """A manual email becomes a case."""
    zoe = acme.employ("Zoë")
    subject = unique("Überstunden fehlen 🕐")
    shouting = zoe.address.upper()
    issue = f"Grüße!\n\nElf Stunden fehlen. {word()}\n"
    message = email(f'"Zoë" <{shouting}>', subject, issue, To='"Payroll" <payroll@acme.example>', Cc="hr@acme.example")

    sent = deliver(acme, message, how)

    case = acme.case_with(subject)
    times = {"created_at": case["created_at"], "updated_at": case["updated_at"]}
    assert all(recent(time) for time in times.values())
    assert case == {
        "case_id": case["case_id"],
        "number": case["number"],
        "status": "open",
        "subject": subject,
        "issue": case["issue"],
        "topic": "General",
        "service_group": "default",
        "employee": {"user_id": zoe.user_id, "name": zoe.name, "email": case["employee"]["email"]},
        "regarding": None,
        "show_to_employee": False,
        "flags": [],
        "warnings": [],
        "siblings": [],
        "merged_into": None,
        "mailbox": "payroll@acme.example",
        "assignee": None,
        "unread": True,
        "waiting_on": "agent",
        "last_inbound_at": case["created_at"],
        "last_outbound_at": None,
        **times,
    }
    assert case["employee"]["email"].casefold() == zoe.address.casefold()
    assert case["issue"].strip() == issue.strip()
    assert NUMBER.fullmatch(case["number"])
    assert case["number"].replace("-", "") == case["case_id"]

    (listed,) = acme.history(case["case_id"])
    entry = acme.entry(case["case_id"], listed["email_id"])
    assert {name: entry[name] for name in listed} == listed
    names = {"email_id", "direction", "kind", "from", "reply_to", "to", "cc", "subject", "at", "preview"}
    assert set(listed) == names | {"attachments", "warnings", "matched_by"}
    assert (listed["direction"], listed["kind"], listed["matched_by"]) == ("inbound", "normal", None)
    assert listed["from"]["name"] == "Zoë"
    assert listed["from"]["address"].casefold() == zoe.address.casefold()
    assert listed["to"] == [{"name": "Payroll", "address": "payroll@acme.example"}]
    assert listed["cc"] == [{"name": "", "address": "hr@acme.example"}]
    assert listed["subject"] == subject
    assert recent(listed["at"])
    assert listed["preview"].startswith("Grüße!")
    assert listed["attachments"] == []
    assert entry["text"].strip() == entry["visible"].strip() == issue.strip()
    assert not entry["quoted"]
    assert entry["html"] is None
    assert entry["in_reply_to"] is None
    assert ["Message-ID", message_id(message)] in entry["headers"]
    assert entry["trace"]
    for step in entry["trace"]:
        assert sorted(step) == ["detail", "evidence", "rule", "verdict"]
        assert step["rule"]
        assert isinstance(step["evidence"], dict)
    assert {step["verdict"] for step in entry["trace"][:-1]} <= {"pass", "note"}

    raw = acme.original(case["case_id"], listed["email_id"])
    assert raw.endswith(sent)
    block = raw[: -len(sent)].decode("ascii")
    assert re.findall(r"^[A-Za-z-]+(?=:)", block, re.MULTILINE) == SES_FIELDS


def test_alert(acme: SystemClient) -> None:
    """A new case alerts its service group."""
    robin = acme.employ()
    subject = unique("Alert")
    with acme.sending() as sent:
        acme.send(email(robin.mailbox, subject))

    case = acme.case_with(subject)
    (alert,) = sent
    assert (alert.everybody, alert.message["From"].addresses[0].addr_spec) == (["agents@acme.example"], NOTIFICATIONS)
    assert case["number"] in alert.subject + alert.text
    assert alert.message["Auto-Submitted"] == "auto-generated"


def test_attachments(acme: SystemClient) -> None:
    """Attachments are kept byte for byte."""
    robin = acme.employ()
    subject = unique("With attachments")
    message = email(robin.mailbox, subject, "See attached.\n")
    message.add_attachment(b"%PDF-1.4\x00\xff", maintype="application", subtype="pdf", filename="Gehälter Mai.pdf")
    message.add_attachment("a;b\r\n1;2\r\n", subtype="csv", filename="../../etc/hours.csv")

    acme.send(message)

    case = acme.case_with(subject)
    entry = only_entry(acme, case)
    first, second = entry["attachments"]
    assert first == {
        "n": 1,
        "filename": "Gehälter Mai.pdf",
        "content_type": "application/pdf",
        "size": 10,
        "inline": False,
        "content_id": None,
    }
    assert (second["n"], second["content_type"]) == (2, "text/csv")
    assert second["filename"].endswith("hours.csv")
    assert "/" not in second["filename"]
    path = f"/cases/{case['case_id']}/emails/{entry['email_id']}/attachments"
    assert acme.download(acme.agent.get(f"{path}/1")) == b"%PDF-1.4\x00\xff"
    assert acme.download(acme.agent.get(f"{path}/2")).splitlines() == [b"a;b", b"1;2"]
    assert acme.agent.call("GET", f"{path}/3").status_code == 404


def test_html(acme: SystemClient) -> None:
    """HTML is sanitised, and has a readable text."""
    robin = acme.employ()
    subject = unique("In HTML")
    html = (
        "<html><body><p>Hello <b>Payroll</b>,</p><p>please help.</p><script>alert(1)</script>"
        '<img src="https://tracker.example/x.gif" onerror="alert(2)"><a href="javascript:alert(3)">x</a></body></html>'
    )

    acme.send(html_email(robin.mailbox, subject, html))

    case = acme.case_with(subject)
    assert [line.strip() for line in case["issue"].split("\n") if line.strip()][:2] == [
        "Hello Payroll,",
        "please help.",
    ]
    entry = only_entry(acme, case)
    shown = entry["html"].lower()
    assert "<b>payroll</b>" in shown
    for unsafe in ("<script", "alert(1)", "onerror", "javascript:", 'src="http', " src='http"):
        assert unsafe not in shown.replace("data-src=", "data-")


@pytest.mark.parametrize("subject", [None, "", "   ", "=?utf-8?q?=C2=A0?="])
def test_blank_subject(acme: SystemClient, subject: str | None) -> None:
    """A blank subject becomes the default of the mailbox."""
    robin = acme.employ()
    lines = [f"From: {robin.mailbox}", "To: payroll@acme.example", f"Message-ID: <{word()}@acme.example>"]
    lines += ["Date: Mon, 23 Nov 2026 10:00:00 +0100", *([] if subject is None else [f"Subject: {subject}"]), "", "Hi"]

    acme.send("\r\n".join([*lines, ""]).encode())

    (case,) = acme.admin.items("/cases", employee=robin.user_id)
    assert (case["subject"], case["issue"].strip()) == ("(no subject)", "Hi")


def test_blank_text(acme: SystemClient) -> None:
    """A blank text becomes the default subject."""
    robin = acme.employ()
    subject = unique("Blank")

    acme.send(email(robin.mailbox, subject, "\n \n"))

    assert acme.case_with(subject)["issue"] == "(no subject)"


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("iso-8859-1", "8bit", "Zürich kostet 5 £"),
        ("windows-1252", "quoted-printable", "„Zürich“ kostet 5 €"),
        ("iso-2022-jp", "7bit", "給与について"),
        ("utf-8", "base64", "Ζυρίχη 🕐"),
        ("utf-8", "8bit", "Цюрих"),
    ],
)
def test_charsets(acme: SystemClient, charset: str, encoding: str, text: str) -> None:
    """Text in every charset is readable."""
    robin = acme.employ()
    subject = unique(charset)
    message = email(robin.mailbox, subject)
    message.set_content(text, charset=charset, cte=encoding)

    acme.send(message)

    assert acme.case_with(subject)["issue"].strip() == text


@pytest.mark.parametrize(
    ("recipient", "header"),
    [
        ("payroll+urgent@in.acme-cases.example", "To: somebody@acme.example"),
        ("PayRoll@in.acme-cases.example", "To: somebody@acme.example"),
        ("anything@cases.acme-cases.example", "To: Payroll@acme.example"),
        ("anything@cases.acme-cases.example", "To: payroll+urgent@acme.example"),
        ("anything@cases.acme-cases.example", "To: other@acme.example\r\nCc: x@acme.example, payroll@acme.example"),
        ("anything@cases.acme-cases.example", "To: other@acme.example\r\nDelivered-To: payroll@acme.example"),
        ("anything@cases.acme-cases.example", "X-Original-To: payroll@acme.example"),
    ],
)
def test_mailbox(acme: SystemClient, recipient: str, header: str) -> None:
    """The envelope recipient, then the headers decide the mailbox."""
    robin = acme.employ()
    subject = unique("Which mailbox")
    message = as_sent(email(robin.mailbox, subject, To=None))

    acme.send(header.encode() + b"\r\n" + message, to=recipient)

    assert acme.case_with(subject)["mailbox"] == "payroll@acme.example"


def test_no_mailbox(acme: SystemClient) -> None:
    robin = acme.employ()
    subject = unique("Astray")

    acme.send(email(robin.mailbox, subject, To="other@acme.example"), to="anything@cases.acme-cases.example")

    item = acme.unprocessed_with(subject)
    assert (item["reason"], item["mailbox"]) == ("mailbox_not_found", None)


def test_blocked_employee(acme: SystemClient) -> None:
    """A blocked employee gets no case."""
    robin = acme.employ(blocked=True)
    subject = unique("Blocked")

    acme.send(email(robin.mailbox, subject))

    assert acme.unprocessed_with(subject)["reason"] in {"sender_blocked", "sender_not_found"}


def test_service_group(acme: SystemClient) -> None:
    """Topic and population decide the service group."""
    groups = {"UK": f"uk-{unique_id()}", None: f"rest-{unique_id()}"}
    for group in groups.values():
        acme.admin.put(f"/service-groups/{group}", {"name": "A group", "address": f"{group}@acme.example"})
    topic = f"Topic {unique_id()}"
    acme.admin.put(f"/topics/{topic}", {"service_group": groups[None], "by_population": {"UK": groups["UK"]}})
    receiving = f"routed-{unique_id()}@cases.acme-cases.example"
    acme.admin.put(
        f"/mailboxes/{receiving.replace('cases.acme-cases', 'acme')}",
        {"receiving_address": receiving, "default_topic": topic, "default_subject": "Routed"},
    )
    for population, group in (("UK", groups["UK"]), ("France", groups[None]), (None, groups[None])):
        robin = acme.employ(population=population)
        subject = unique("Routed")
        with acme.sending() as sent:
            acme.send(email(robin.mailbox, subject), to=receiving)

        case = acme.case_with(subject)
        assert (case["topic"], case["service_group"]) == (topic, group)
        assert [alert.everybody for alert in sent] == [[f"{group}@acme.example"]]


def test_topic_without_group(strict: SystemClient) -> None:
    """A topic without a service group goes to the default group."""
    robin = strict.employ()
    subject = unique("Unrouted")

    strict.send(email(robin.mailbox, subject))

    case = strict.case_with(subject)
    assert (case["topic"], case["service_group"], case["show_to_employee"]) == ("Pay", "default", True)


def test_acknowledgement(strict: SystemClient) -> None:
    """The sender gets one acknowledgement, and can answer it."""
    robin = strict.employ()
    subject = unique("Acknowledge me")
    message = email(robin.mailbox, subject)
    with strict.sending() as sent:
        strict.send(message)
        strict.send(message)

    case = strict.case_with(subject)
    (acknowledgement,) = sent
    assert acknowledgement.everybody == [robin.address]
    assert acknowledgement.message["From"].addresses[0].addr_spec in {SERVICE, NOTIFICATIONS}
    assert case["number"] in acknowledgement.subject + acknowledgement.text
    assert acknowledgement.message["Reply-To"].addresses[0].addr_spec == REPLY_TO
    assert acknowledgement.message["Auto-Submitted"] == "auto-replied"
    assert str(acknowledgement.message["In-Reply-To"]).strip() == message_id(message)

    with strict.sending() as sent:
        strict.send(
            email(robin.mailbox, unique("Thanks"), In_Reply_To=message_id(acknowledgement.message)),
            to="answers@in.acme-cases.example",
        )

    assert sent == []
    newest, ours, oldest = strict.history(case["case_id"])
    assert newest["matched_by"] == {"how": "sent_message_id", "certainty": "reference"}
    assert oldest["matched_by"] is None
    assert (ours["direction"], ours["kind"], ours["author"]) == ("outbound", "acknowledgement", None)
    assert [(row["address"], row["state"]) for row in ours["recipients"]] == [(robin.address, "delivered")]
    assert ours["subject"] == acknowledgement.subject
    whole = strict.entry(case["case_id"], ours["email_id"])
    assert whole["text"].split() == acknowledgement.text.split()
    assert whole["in_reply_to"] == oldest["email_id"]
    assert b"auto-replied" in strict.original(case["case_id"], ours["email_id"])
    now = strict.case_with(subject)
    assert (now["waiting_on"], now["last_outbound_at"]) == ("agent", None)


@pytest.mark.parametrize("verdicts", ["dkim=GRAY", "dkim=GRAY dmarc=GRAY", "spf=FAIL dkim=GRAY"])
def test_acknowledgement_of_unproven_sender(strict: SystemClient, verdicts: str) -> None:
    """A neutral one, where the address is the employee's: a forger cannot write through us."""
    robin = strict.employ()
    subject = unique("Call 0900 5550 now")
    message = email(robin.mailbox, subject, X_Local_Verdicts=verdicts)
    with strict.sending() as sent:
        strict.send(message)

    case = strict.case_with(subject)
    (acknowledgement,) = sent
    assert acknowledgement.everybody == [robin.address]
    assert case["number"] in acknowledgement.text
    assert b"5550" not in acknowledgement.raw
    assert not {"In-Reply-To", "References", "X-Email-Channels"} & set(acknowledgement.message.keys())


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}, {"Auto_Submitted": "auto-replied"}],
    ids=lambda headers: "-".join(headers.values()),
)
def test_automatic_email(strict: SystemClient, headers: dict[str, str]) -> None:
    """An automatic email is never acknowledged."""
    robin = strict.employ()
    with strict.sending() as sent:
        strict.send(email(robin.mailbox, unique("Automatic"), **headers))

    assert [each.subject for each in sent if robin.address in each.everybody] == []


def test_null_sender(strict: SystemClient) -> None:
    """The null sender is never acknowledged."""
    robin = strict.employ()
    with strict.sending() as sent:
        strict.send(email(robin.mailbox, unique("Null sender")), envelope_sender="")

    assert [each.subject for each in sent if robin.address in each.everybody] == []


def test_rate_limit(strict: SystemClient) -> None:
    """A sender may open a limited number of cases in an hour."""
    robin = strict.employ()
    subjects = [unique("Flood") for _ in range(4)]
    for subject in subjects:
        strict.send(email(robin.mailbox, subject))

    assert [len(strict.cases_with(subject)) for subject in subjects] == [1, 1, 1, 0]
    assert strict.unprocessed_with(subjects[3])["reason"] == "rate_limited"
