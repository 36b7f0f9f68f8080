"""Steps of agents: open a case, upload a file, send an email."""

from __future__ import annotations

import re
import secrets
from typing import Any

import httpx

from tests.support.system.images import png
from tests.support.system.mail import email, unique
from tests.support.system.system_client import Person, Sent, SystemClient

TAG = re.compile(r"\[#([0-9A-HJKMNP-TV-Z]{10})-([0-9a-z]{6})\]")


def key() -> str:
    return secrets.token_hex(16)


def open_case(system: SystemClient, person: Person, **headers: str) -> Any:
    """Opens a case with an email from an employee, and returns the case."""
    subject = unique("Please help")
    system.send(email(person.mailbox, subject, **headers))
    return system.case_with(subject)


def upload_file(system: SystemClient, filename: str, content_type: str, content: bytes) -> str:
    """Uploads a file as an agent; returns its id."""
    described = {"filename": filename, "content_type": content_type, "size": len(content)}
    upload = system.agent.post("/attachments", described)
    assert sorted(upload) == ["expires_at", "headers", "method", "upload_id", "url"]
    response = httpx.request(
        upload["method"], upload["url"], content=content, headers=upload["headers"], trust_env=False
    )
    assert response.status_code == 200, response.text
    return str(upload["upload_id"])


def write_email(system: SystemClient, case: Any, to: list[str], **body: object) -> Sent:
    """Sends an agent's email from a case, and returns it as its recipients got it."""
    with system.sending() as sent:
        body = {"subject": unique("About your case"), "text": "Dear colleague.\n", **body}
        system.agent.write(case["case_id"], {"to": to, **body}, key())
    # Its service group may be alerted that it bounced.
    (email_,) = (one for one in sent if "Auto-Submitted" not in one.message)
    return email_


def infected_email(system: SystemClient, person: Person, case: Any) -> str:
    """The id of an email in the case. A person has assigned it, although SES found a virus. It has a picture in its
    text, and a file."""
    subject = unique("Please open")
    message = email(person.mailbox, subject, X_Local_Verdicts="virus=FAIL")
    message.add_alternative('<p>Open <img src="cid:screen"></p>', subtype="html")
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(png(), "image", "png", cid="<screen>", filename="screen.png")
    message.add_attachment(b"MZ", "application", "octet-stream", filename="bonus.zip")
    system.send(message)
    unprocessed = system.unprocessed_with(subject)
    assert unprocessed["reason"] == "virus"
    system.admin.post(f"/unprocessed/{unprocessed['id']}/assign", {"case_id": case["case_id"]})
    system.settle()
    return next(str(each["email_id"]) for each in system.history(case["case_id"]) if each["subject"] == subject)
