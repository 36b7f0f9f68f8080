"""In an account whose receipt filters are not the stack's, `inbound` checks which server delivered each email."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.system.mail import as_sent, email, unique
from tests.support.system.system_client import PAYROLL, Person, SystemClient, system


@pytest.fixture(scope="module")
def shared() -> Iterator[SystemClient]:
    with system(ManageReceiptFilters="false", AllowedIpRanges="127.0.0.0/8,2001:db8::/32") as client:
        yield client


def send(shared: SystemClient, sender: Person, subject: str, server: str) -> None:
    """Sends the email from a server with this IP address."""
    with smtplib.SMTP("127.0.0.1", shared.smtp_port, timeout=30) as client:
        client.starttls(context=shared.tls)
        client.ehlo()
        assert client.docmd("XCLIENT", f"ADDR={server}")[0] == 220
        client.ehlo()
        assert client.sendmail(sender.address, PAYROLL, as_sent(email(sender.mailbox, subject))) == {}
    shared.settle()


def test_foreign_server(shared: SystemClient) -> None:
    """It makes no case, whoever wrote the email. Admins hear of it once a day, and can repair it."""
    robin = shared.employ()
    subject = unique("From abroad")
    with shared.sending() as at_once:
        send(shared, robin, subject, "203.0.113.9")
        shared.fire("notify", datetime.now(UTC))
    assert at_once == []

    item = shared.unprocessed_with(subject)
    assert item["reason"] == "server_not_allowed"
    last = shared.admin.get(f"/unprocessed/{item['id']}")["trace"][-1]
    assert (last["rule"], last["verdict"], last["evidence"]) == ("server", "stop", {"server": "203.0.113.9"})

    with shared.sending() as next_day:
        shared.fire("notify", datetime.now(UTC) + timedelta(days=1, minutes=10))
    (digest,) = next_day
    assert item["id"].encode() in digest.raw.replace(b"=\r\n", b"")
    # Nothing about the email has changed, so it is refused again; a person may assign it.
    again = shared.admin.call("POST", f"/unprocessed/{item['id']}/retry").json()
    assert again["after"]["reason"] == "server_not_allowed"
    body = {"user_id": robin.user_id, "topic": None}
    assert shared.admin.call("POST", f"/unprocessed/{item['id']}/assign", body).status_code == 200


@pytest.mark.parametrize("server", ["127.1.2.3", "IPV6:2001:db8::7"])
def test_own_server(shared: SystemClient, server: str) -> None:
    robin = shared.employ()
    subject = unique("From our server")
    send(shared, robin, subject, server)
    assert shared.case_with(subject)["subject"] == subject


def test_try(shared: SystemClient) -> None:
    """An email from a mail program has no server. The trace says that it is assumed to be an allowed one."""
    robin = shared.employ()
    raw = as_sent(email(robin.mailbox, unique("Tried")))
    headers = {"Content-Type": "message/rfc822"}
    tried = shared.admin.call("POST", "/try?channel=case_creation", raw, headers).json()
    row = next(row for row in tried["trace"] if row["rule"] == "server")
    assert (row["verdict"], row["evidence"]) == ("pass", {"server": "assumed"})
