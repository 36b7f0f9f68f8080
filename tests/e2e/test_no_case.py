"""Unprocessed emails: what is stored, who is notified, and what admins can do."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest

from tests.support.system.mail import bounce_of, email, stranger, unique, unique_id, word
from tests.support.system.system_client import ADMINS, NOTIFICATIONS, Sent, SystemClient


def attached(notification: Sent) -> list[bytes]:
    """The bytes of the originals that a notification has as attachments."""
    found = []
    for part in notification.message.iter_attachments():
        assert isinstance(part, EmailMessage)
        assert part.get_content_type() == "message/rfc822"
        _, _, below = notification.raw.partition(b"message/rfc822")
        found.append(below.partition(b"\r\n\r\n")[2])
    return found


def test_stranger(case_creation_only: SystemClient) -> None:
    """An email of a stranger is unprocessed, and the admins are notified."""
    system = case_creation_only
    subject, who = unique("Who am I"), stranger()
    name, address = parseaddr(who)
    message = email(who, subject, "Let me in.\n", Cc="other@acme.example")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="key.bin")
    with system.sending() as sent:
        raw = system.send(message)

    assert system.cases_with(subject) == []
    item = system.unprocessed_with(subject)
    times = {time: datetime.fromisoformat(item[time]) for time in ("received_at", "notified_at", "purge_after")}
    assert times["received_at"] <= times["notified_at"] + timedelta(seconds=1)
    assert times["purge_after"] - times["notified_at"] == timedelta(days=30)
    listed = {
        "id": item["id"],
        "channel": "case_creation",
        "mailbox": "payroll@acme.example",
        "reason": "sender_not_found",
        "explanation": item["explanation"],
        "from": {"name": name, "address": address},
        "to": [{"name": "", "address": "payroll@acme.example"}],
        "subject": subject,
        "received_at": item["received_at"],
        "notified_at": item["notified_at"],
        "purge_after": item["purge_after"],
        "held": None,
    }
    (in_the_list,) = system.all_unprocessed_with(subject)
    assert {name: in_the_list[name] for name in listed} == listed
    assert {name: item[name] for name in in_the_list} == in_the_list
    assert len(item["explanation"].split()) > 3
    assert item["text"].strip() == "Let me in."
    assert item["html"] is None
    assert [(each["n"], each["filename"], each["size"]) for each in item["attachments"]] == [(1, "key.bin", 2)]
    assert [step["verdict"] for step in item["trace"]].count("stop") == 1
    assert item["trace"][-1]["verdict"] == "stop"
    assert system.download(item["original"]).endswith(raw)

    (notification,) = sent
    assert (sorted(notification.to), notification.cc, notification.bcc) == (ADMINS, [], [])
    assert str(notification.message["From"]) == f"Email Channels <{NOTIFICATIONS}>"
    assert notification.message["Auto-Submitted"] == "auto-generated"
    for said in (address, "payroll@acme.example", subject, item["id"], "employee"):
        assert said in notification.text, said
    assert times["received_at"].strftime("%-d %B %Y, %H:%M UTC") in notification.text
    assert f"/#/unprocessed/{item['id']}" in notification.text
    (original,) = attached(notification)
    assert original.startswith(raw.rstrip(b"\r\n"))


@pytest.mark.parametrize(("filter_", "wanted"), [("reason", "sender_not_found"), ("mailbox", "payroll@acme.example")])
def test_filters(case_creation_only: SystemClient, filter_: str, wanted: str) -> None:
    system = case_creation_only
    subject, who = unique("Find me"), stranger()
    system.send(email(who, subject))

    found = system.admin.items("/unprocessed", **{filter_: wanted, "from": parseaddr(who)[1].upper()})
    assert [item["subject"] for item in found] == [subject]
    assert system.admin.items("/unprocessed", **{filter_: wanted, "from": "nobody@elsewhere.example"}) == []


def test_carbon_copy(strict: SystemClient) -> None:
    """The sender gets a copy of their own if the parameter says so. It says nothing of admins and of the email."""
    who, subject = stranger(), unique("Copy me")
    with strict.sending() as sent:
        strict.send(email(who, subject))

    notification, copy = sent
    assert (notification.to, notification.cc) == (["admin@acme.example"], [])
    assert (copy.everybody, copy.message["X-Email-Channels"]) == ([parseaddr(who)[1]], None)
    assert not list(copy.message.iter_attachments())
    assert all(word not in copy.raw.decode() for word in (subject, "admin@acme.example", "directory"))


@pytest.mark.parametrize("verdict", ["dkim=GRAY", "dkim=GRAY dmarc=GRAY", "dkim=FAIL", "virus=GRAY dkim=GRAY"])
def test_backscatter(strict: SystemClient, verdict: str) -> None:
    """A stranger whose address is not proven gets nothing, or others could make us write to them."""
    who = stranger()
    with strict.sending() as sent:
        strict.send(email(who, unique("To a victim"), X_Local_Verdicts=verdict))
    assert [each.everybody for each in sent] == [["admin@acme.example"]]


@pytest.mark.parametrize("sender", ['<">', '"a b"@elsewhere.example', "<@>", '"<"@x', "jo@[127.0.0.1]", "a@b@c"])
def test_hostile_sender(strict: SystemClient, sender: str) -> None:
    """Whatever stands in From, the admins get their notice, and nobody else does."""
    subject = unique("From nobody")
    with strict.sending() as sent:
        raw = f"From: {sender}\r\nTo: payroll@acme.example\r\nSubject: {subject}\r\n\r\nHello\r\n"
        strict.send(raw.encode(), envelope_sender="jo@elsewhere.example")
    assert [each.everybody for each in sent] == [["admin@acme.example"]]
    assert strict.unprocessed_with(subject)["notified_at"] is not None


def test_no_reply_sender(strict: SystemClient) -> None:
    """Nothing goes to a no-reply address."""
    with strict.sending() as sent:
        strict.send(email(f"No Reply <no-reply@{word()}.example>", unique("Newsletter")))
    assert [each.everybody for each in sent] == [["admin@acme.example"]]


@pytest.mark.parametrize("sender", [NOTIFICATIONS, None])
def test_replayed_mark(strict: SystemClient, sender: str | None) -> None:
    """The mark of a notification hides only the notification itself from the admins, not emails of others."""
    with strict.sending() as sent:
        strict.send(email(stranger(), unique("First")))
    mark = str(sent[0].message["X-Email-Channels"])
    with strict.sending() as sent:
        strict.send(email(sender or stranger(), unique("Replayed"), X_Email_Channels=mark))
    assert [each.everybody for each in sent] == ([] if sender else [["admin@acme.example"]])


def automatic(who: str, subject: str) -> EmailMessage:
    return email(who, subject, "I am out of office.\n", Auto_Submitted="auto-replied")


def exchange_automatic(who: str, subject: str) -> EmailMessage:
    text = "I am out of office.\n"
    return email(who, f"Automatic reply: {subject}", text, X_Auto_Response_Suppress="All")


def mailing_list(who: str, subject: str) -> EmailMessage:
    return email(who, subject, Precedence="bulk", List_Id="<news.elsewhere.example>")


def failing(verdict: str) -> Any:
    return lambda who, subject: email(who, subject, X_Local_Verdicts=verdict)


def looping(who: str, subject: str) -> EmailMessage:
    return email(f"Cases <{NOTIFICATIONS}>", subject)


@pytest.mark.parametrize(
    ("made", "envelope_sender", "reasons"),
    [
        pytest.param(automatic, None, {"automatic_reply"}, id="automatic reply"),
        pytest.param(exchange_automatic, None, {"automatic_reply"}, id="automatic reply of Exchange"),
        pytest.param(automatic, "", {"automatic_reply"}, id="automatic reply from nobody"),
        pytest.param(mailing_list, None, {"sender_not_found", "automatic_reply"}, id="mailing list"),
        pytest.param(email, "", {"sender_not_found"}, id="null sender"),
        pytest.param(failing("virus=FAIL"), None, {"virus"}, id="virus"),
        pytest.param(failing("spf=FAIL dkim=FAIL dmarc=FAIL"), None, {"authentication_failed"}, id="forged"),
        pytest.param(failing("spam=FAIL"), None, {"sender_not_found"}, id="spam"),
        pytest.param(looping, None, {"mail_loop"}, id="loop"),
    ],
)
def test_no_carbon_copy(strict: SystemClient, made: Any, envelope_sender: str | None, reasons: set[str]) -> None:
    """Some senders never get a copy."""
    subject, who = unique("Never copy"), stranger()
    message = made(who, subject)
    with strict.sending() as sent:
        strict.send(message, envelope_sender=envelope_sender)

    item = strict.unprocessed_with(str(message["Subject"]))
    assert item["reason"] in reasons
    assert item["notified_at"] is not None
    (notification,) = sent
    assert notification.everybody == ["admin@acme.example"]


def test_unmatched_bounce(strict: SystemClient) -> None:
    unknown = email(stranger(), unique("Never sent"))
    report = bounce_of(unknown, "pat@elsewhere.example")
    before = {item["id"] for item in strict.admin.items("/unprocessed", reason="bounce_unmatched")}
    with strict.sending() as sent:
        strict.send(report, envelope_sender="")

    (item,) = [
        item for item in strict.admin.items("/unprocessed", reason="bounce_unmatched") if item["id"] not in before
    ]
    assert item["subject"] == "Undelivered Mail Returned to Sender"
    (notification,) = sent
    assert notification.everybody == ["admin@acme.example"]


def test_virus(strict: SystemClient) -> None:
    """A virus is not attached."""
    subject = unique("Virus")
    with strict.sending() as sent:
        raw = strict.send(email(stranger(), subject, "MARK-OF-THE-BODY\n", X_Local_Verdicts="virus=FAIL"))

    (notification,) = sent
    item = strict.unprocessed_with(subject)
    assert b"MARK-OF-THE-BODY" in raw
    assert b"MARK-OF-THE-BODY" not in notification.raw
    assert list(notification.message.iter_attachments()) == []
    assert item["id"] in notification.text


def test_spam(case_creation_only: SystemClient) -> None:
    """Spam is rejected by default."""
    system = case_creation_only
    robin = system.employ()
    subject = unique("Lottery")
    system.send(email(robin.mailbox, subject, X_Local_Verdicts="spam=FAIL"))

    assert system.unprocessed_with(subject)["reason"] == "spam"
    assert system.cases_with(subject) == []


def test_flagged_spam(strict: SystemClient) -> None:
    """Spam can be flagged instead."""
    robin = strict.employ()
    subject = unique("Perhaps spam")
    strict.send(email(robin.mailbox, subject, X_Local_Verdicts="spam=FAIL"))

    assert strict.case_with(subject)["flags"] == ["spam"]


def test_failed_authentication(case_creation_only: SystemClient) -> None:
    """Failed authentication is flagged by default."""
    system = case_creation_only
    robin = system.employ()
    subject = unique("Perhaps forged")
    system.send(email(robin.mailbox, subject, X_Local_Verdicts="dkim=FAIL dmarc=FAIL"))

    assert system.case_with(subject)["flags"] == ["authentication_failed"]


def test_large_original(case_creation_only: SystemClient) -> None:
    """A large original is a link."""
    system = case_creation_only
    subject = unique("Large")
    message = email(stranger(), subject)
    message.add_attachment(b"\x00" * 6_000_000, maintype="application", subtype="octet-stream", filename="large.bin")
    with system.sending() as sent:
        raw = system.send(message)

    (notification,) = sent
    item = system.unprocessed_with(subject)
    assert len(raw) > 7_000_000
    assert len(notification.raw) < 100_000
    assert item["id"] in notification.text
    assert system.download(item["original"]).endswith(raw)


def test_two_employees(case_creation_only: SystemClient) -> None:
    """An address of two employees needs a user mapping."""
    system = case_creation_only
    shared = f"family.{word()}@acme.example"
    first, second, third = unique_id(), unique_id(), unique_id()
    for user_id in (first, second, third):
        body = {"name": "Doe", "emails": [shared.upper()], "population": None, "blocked": False}
        system.admin.put(f"/employees/{user_id}", body)
    before, after, specific = unique("Who of us"), unique("Who of us"), unique("Who of us")

    with system.sending() as sent:
        system.send(email(shared, before))
    clash = system.unprocessed_with(before)
    names = ", ".join(f"Doe ({user_id})" for user_id in sorted((first, second, third)))
    assert (clash["reason"], clash["explanation"].endswith(f"They are: {names}.")) == ("sender_mismatch", True)
    (notification,) = sent
    assert clash["explanation"] in notification.text

    general = {"mailbox": "payroll@acme.example", "from": None, "user_id": first}
    particular = {"mailbox": "Payroll@acme.example", "from": shared.title(), "user_id": second}
    mapping = f"/user-mappings/{unique_id()}"
    system.admin.put(mapping, particular)
    try:
        system.send(email(f'"Doe" <{shared}>', after))
        assert system.case_with(after)["employee"]["user_id"] == second

        everybody = f"/user-mappings/{unique_id()}"
        system.admin.put(everybody, general)
        try:
            system.send(email(shared, specific))
            assert system.case_with(specific)["employee"]["user_id"] == second
            anybody = unique("Anybody")
            system.send(email(stranger(), anybody))
            assert system.case_with(anybody)["employee"]["user_id"] == first
        finally:
            system.admin.call("DELETE", everybody)
    finally:
        system.admin.call("DELETE", mapping)


def test_blocked_twin(case_creation_only: SystemClient) -> None:
    """An employee who shares an address with a blocked employee gets the case."""
    system = case_creation_only
    shared = f"shared.{word()}@acme.example"
    blocked, working = unique_id(), unique_id()
    for user_id in (blocked, working):
        body = {"name": "Roe", "emails": [shared], "population": None, "blocked": user_id == blocked}
        system.admin.put(f"/employees/{user_id}", body)
    subject = unique("Only one of us")

    system.send(email(shared, subject))

    assert system.case_with(subject)["employee"]["user_id"] == working


def test_hold_and_release(case_creation_only: SystemClient) -> None:
    system = case_creation_only
    subject = unique("Hold me")
    system.send(email(stranger(), subject))
    path = f"/unprocessed/{system.unprocessed_with(subject)['id']}"

    system.admin.post(f"{path}/hold", {"why": "The works council asked"})
    held = system.admin.get(path)["held"]
    assert sorted(held) == ["at", "by", "why"]
    assert held["why"] == "The works council asked"
    assert held["by"]
    system.admin.post(f"{path}/hold", {"why": "Again"})

    system.admin.post(f"{path}/release")
    assert system.admin.get(path)["held"] is None
    assert system.admin.get(path)["purge_after"] is not None
