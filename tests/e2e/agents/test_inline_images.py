"""Images in the text of an agent's email, as recipients' programs and the Email History show them."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.system.casework import TAG, key, open_case, upload_file, write_email
from tests.support.system.http_api import wrong_fields
from tests.support.system.images import GIF, SVG, WEBP, data_url, png
from tests.support.system.mail import LENIENT, email, message_id, unique
from tests.support.system.system_client import ANSWERS, Person, SystemClient


def shown_images(message: EmailMessage) -> list[bytes]:
    """The images that a mail program shows in the text, in the order of the HTML."""
    html = message.get_body(("related", "html"))
    assert isinstance(html, EmailMessage)
    assert html.get_content_type() == "multipart/related"
    root, *parts = html.iter_parts()
    assert isinstance(root, EmailMessage)
    by_id: dict[str, bytes] = {}
    for part in parts:
        assert isinstance(part, EmailMessage)
        assert part.get_content_disposition() == "inline"
        by_id[str(part["Content-ID"]).strip()] = part.get_content()
    assert len(by_id) == len(parts)
    return [by_id[f"<{name}>"] for name in re.findall(r'<img src="cid:([^"]+)"', root.get_content())]


def test_two_images(acme: SystemClient, jo: Person) -> None:
    """One was uploaded, one is in the HTML itself. The answer to the email finds the case."""
    case = open_case(acme, jo)
    screen = upload_file(acme, "Screen.png", "image/png", png(1))
    payslip = upload_file(acme, "payslip.pdf", "application/pdf", b"%PDF-1.7")
    sent = write_email(
        acme,
        case,
        [jo.mailbox],
        text="See the images.\n",
        html=f'<p>Here <img src="cid:screen.1"> and <img src="{data_url(GIF, "image/gif")}"></p>',
        attachments=[payslip, {"upload_id": screen, "content_id": "screen.1"}],
    )
    assert shown_images(sent.message) == [png(1), GIF]
    assert sent.text.strip() == "See the images."
    assert [part.get_filename() for part in sent.message.iter_attachments()] == ["payslip.pdf"]

    entry = acme.history(case["case_id"])[0]
    assert [(each["filename"], each["inline"], each["content_id"]) for each in entry["attachments"]] == [
        ("payslip.pdf", False, None),
        ("Screen.png", True, "screen.1"),
        ("image1.gif", True, "image1"),
    ]
    path = f"/cases/{case['case_id']}/emails/{entry['email_id']}"
    whole = acme.agent.get(path)
    assert re.findall(r'src="([^"]*)"', whole["html"]) == ["cid:screen.1", "cid:image1"]
    files = [acme.download(acme.agent.get(f"{path}/attachments/{each['n']}")) for each in entry["attachments"]]
    assert files == [b"%PDF-1.7", png(1), GIF]

    original = message_from_bytes(acme.download(acme.agent.get(f"{path}/original")), policy=LENIENT)
    assert isinstance(original, EmailMessage)
    assert message_id(original) == message_id(sent.message)
    assert shown_images(original) == [png(1), GIF]

    acme.send(email(jo.mailbox, unique("Thanks"), In_Reply_To=message_id(original)), ANSWERS)
    assert acme.history(case["case_id"])[0]["matched_by"]["how"] == "sent_message_id"


def test_original_without_bcc(acme: SystemClient, case: Any) -> None:
    """The original is what a recipient got: the bytes in the outbox, and no Bcc."""
    sent = write_email(acme, case, ["kim@elsewhere.example"], bcc=["secret@elsewhere.example"])
    entry = acme.history(case["case_id"])[0]
    original = acme.original(case["case_id"], entry["email_id"])
    assert b"secret" not in original

    def parts(raw: bytes) -> tuple[set[bytes], bytes]:
        """The header fields but Date, which SES sets a little later; and the body."""
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        fields = head.replace(b"\n ", b" ").split(b"\n")
        return {field for field in fields if not field.startswith(b"Date: ")}, body.rstrip()

    # SES adds its signature and other fields of its own.
    assert parts(original)[0] <= parts(sent.raw)[0]
    assert parts(original)[1] == parts(sent.raw)[1]
    assert b"\nDate: " in original


HOSTILE: dict[str, tuple[str, list[Any], set[str]]] = {
    "SVG": (f'<img src="{data_url(SVG, "image/svg+xml")}">', [], {"html"}),
    "SVG element": ("<svg onload=alert(1)><script>alert(1)</script></svg>", [], {"html"}),
    "WebP": (f'<img src="{data_url(WEBP, "image/webp")}">', [], {"html"}),
    "no image": ('<img src="DATA:image/png;base64,PHNjcmlwdD4=">', [], {"html"}),
    "CSS": (f'<p style="background:url({data_url(png())})">x</p>', [], {"html"}),
    "escaped CSS": (rf'<p style="background:\75 rl({data_url(png())})">x</p>', [], {"html"}),
    "srcset": (f'<img srcset="{data_url(png())} 2x">', [], {"html"}),
    "unknown cid": ('<img src="cid:nothing">', [], {"html"}),
    "quote in cid": ('<img src="cid:a&quot; onerror=&quot;alert(1)">', [], {"html"}),
    "unused": ("<p>x</p>", [{"upload_id": "none", "content_id": "a"}], {"attachments.0", "attachments.0.content_id"}),
    "header": (
        "<p>x</p>",
        [{"upload_id": "none", "content_id": "a\r\nBcc: x@y.example"}],
        {"attachments.0.content_id"},
    ),
    "1000 images": (
        "".join(f'<img src="{data_url(png() + bytes([n % 9, n // 9]))}">' for n in range(1000)),
        [],
        {"html"},
    ),
}


@pytest.mark.parametrize(("html", "attachments", "fields"), HOSTILE.values(), ids=HOSTILE)
def test_refused(acme: SystemClient, case: Any, html: str, attachments: list[Any], fields: set[str]) -> None:
    """What no mail program would show is refused, and nothing is sent."""
    body = {"to": ["jo@elsewhere.example"], "text": "x", "html": html, "attachments": attachments}
    with acme.sending() as sent:
        response = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", body, {"Idempotency-Key": key()})
    assert wrong_fields(response) & fields
    assert sent == []


def test_huge_image(acme: SystemClient, case: Any) -> None:
    """The API takes no request of 27 MB."""
    body = json.dumps({"to": ["jo@elsewhere.example"], "html": f'<img src="{data_url(bytes(20_000_000))}">'})
    with acme.sending() as sent:
        headers = {"Idempotency-Key": key()}
        response = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", body.encode(), headers)
    assert response.status_code in {413, 422}
    assert sent == []


def test_too_large_to_send(acme: SystemClient) -> None:
    """What can never be sent is refused before it is uploaded."""
    wanted = {"filename": "a.bin", "content_type": "application/octet-stream"}
    assert wrong_fields(acme.agent.call("POST", "/attachments", wanted | {"size": 30_000_000})) == {"size"}
    assert wrong_fields(acme.agent.call("POST", "/attachments", wanted | {"filename": "a.exe", "size": 1})) == {
        "filename"
    }
    assert acme.agent.call("POST", "/attachments", wanted | {"size": 29_000_000}).status_code == 201
    for purpose in ("import", "try"):
        assert acme.agent.call("POST", "/attachments", wanted | {"size": 9, "purpose": purpose}).status_code == 403
        assert acme.admin.call("POST", "/attachments", wanted | {"size": 9, "purpose": purpose}).status_code == 201


def test_thread_of_the_same_people(acme: SystemClient, jo: Person) -> None:
    """Without in_reply_to, an email continues the thread of the same people."""
    question = email(jo.mailbox, unique("A question"))
    acme.send(question)
    case = acme.case_with(str(question["Subject"]))
    first = write_email(acme, case, [jo.mailbox])
    assert str(first.message["In-Reply-To"]).strip() == message_id(question)
    other = write_email(acme, case, ["kim@elsewhere.example"])
    assert other.message["In-Reply-To"] is None
    second = write_email(acme, case, [jo.address], bcc=["hidden@elsewhere.example"])
    assert str(second.message["In-Reply-To"]).strip() == message_id(first.message)
    assert str(second.message["References"]).split() == [message_id(question), message_id(first.message)]
    answered = acme.history(case["case_id"])[0]
    whole = acme.entry(case["case_id"], answered["email_id"])
    assert whole["in_reply_to"] == acme.history(case["case_id"])[2]["email_id"]
    assert TAG.search(second.subject)
