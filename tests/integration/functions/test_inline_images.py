"""POST /cases/{case_id}/emails with images in the text, as recipients' programs and the Email History show them."""

from __future__ import annotations

import re
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.outbound.attachment_checks import MAX_SENT_BYTES

from tests.support.in_process.ad_hoc_channel import EMAIL, AdHocChannel, Answer
from tests.support.system.images import GIF, JPEG, SVG, WEBP, data_url, png

HTML = f'<p>This screen: <img src="cid:screen" alt="Screen"></p><p><img src="{data_url(png(1))}"></p>'


def sent(ad_hoc: AdHocChannel, n: int = 0) -> EmailMessage:
    return message_from_string(ad_hoc.sent()[n].raw_data, policy=default)


def wrong(answer: Answer) -> dict[str, str]:
    assert answer.status == 422, answer
    return {row["field"]: row["message"] for row in answer.body["errors"]}


def with_images(ad_hoc: AdHocChannel, **changes: Any) -> dict[str, Any]:
    """An email with an uploaded image, a pasted one, and a file."""
    screen = ad_hoc.upload("Bildschirm ä.png", png(2), content_type="application/octet-stream")
    files = [ad_hoc.upload("days.pdf", b"%PDF-1.7"), {"upload_id": screen, "content_id": "screen"}]
    return EMAIL | {"html": HTML, "attachments": files} | changes


def test_message(ad_hoc: AdHocChannel) -> None:
    """A recipient's program shows both images, and lists only the file."""
    assert ad_hoc.post(with_images(ad_hoc)).status == 202
    message = sent(ad_hoc)
    structure = [part.get_content_type() for part in message.walk()]
    assert structure == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
        "application/pdf",
    ]
    [related] = [part for part in message.walk() if part.get_content_type() == "multipart/related"]
    assert isinstance(related, EmailMessage)
    assert related.get_param("type") == "text/html"
    html, *images = related.iter_parts()
    by_id = {image["Content-ID"].strip("<>"): image for image in images}
    named = re.findall(r'src="cid:([^"]+)"', html.get_content())
    assert [by_id[name].get_content() for name in named] == [png(2), png(1)]
    assert [by_id[name].get_filename() for name in named] == ["Bildschirm ä.png", "image1.png"]
    assert all(image.get_content_disposition() == "inline" for image in images)
    assert all(re.fullmatch(r"(screen\.2|image1\.3)\.[0-9a-z]{26}@acme\.example", name) for name in named)
    assert [part.get_filename() for part in message.iter_attachments()] == ["days.pdf"]
    plain = message.get_body(["plain"])
    assert plain is not None
    assert plain.get_content().split() == str(EMAIL["text"]).split()


def test_entry(ad_hoc: AdHocChannel) -> None:
    """The history shows the images, and the HTML names them as the history does."""
    answer = ad_hoc.post(with_images(ad_hoc))
    rows = [
        (row["n"], row["filename"], row["content_type"], row["inline"], row["content_id"])
        for row in answer.body["attachments"]
    ]
    assert rows == [
        (1, "days.pdf", "application/pdf", False, None),
        (2, "Bildschirm ä.png", "image/png", True, "screen"),
        (3, "image1.png", "image/png", True, "image1"),
    ]
    assert answer.body["html"] == (
        '<p>This screen: <img src="cid:screen" alt="Screen"></p><p><img src="cid:image1"></p>'
    )
    [email] = ad_hoc.history()
    assert [ad_hoc.mail.read(row.key) for row in email.attachments] == [b"%PDF-1.7", png(2), png(1)]


def test_images_without_files(ad_hoc: AdHocChannel) -> None:
    assert ad_hoc.post(EMAIL | {"text": None, "html": f'<img src="{data_url(GIF, "image/gif")}">'}).status == 202
    message = sent(ad_hoc)
    assert message.get_content_type() == "multipart/alternative"
    html = message.get_body(["html"])
    assert html is not None
    assert "cid:image1." in html.get_content()


def test_content_ids_are_unique(ad_hoc: AdHocChannel) -> None:
    """Two emails with the same content_id have other ids in their messages; the same request again changes nothing."""
    body = with_images(ad_hoc)
    assert [ad_hoc.post(body, key).status for key in ("a", "b", "a")] == [202, 202, 202]
    assert len(ad_hoc.sent()) == 2
    ids = [{part["Content-ID"] for part in sent(ad_hoc, n).walk() if part["Content-ID"]} for n in (0, 1)]
    assert len(ids[0] | ids[1]) == 4


def test_hostile_content_id(ad_hoc: AdHocChannel) -> None:
    """No content id adds a header, or leaves its attribute."""
    upload = ad_hoc.upload("a.png", png())
    for content_id in ('a">', "a\r\nBcc: x@y.example", "a>\r\n\r\n<script>", "<a>", "a\u2028b", "ä"):
        answer = ad_hoc.post(
            EMAIL | {"html": "<p>x</p>", "attachments": [{"upload_id": upload, "content_id": content_id}]}
        )
        assert list(wrong(answer)) == ["attachments.0.content_id"]
    assert ad_hoc.sent() == []


def test_wrong_images(ad_hoc: AdHocChannel) -> None:
    """An upload is an image by its bytes. Every one that is none is named."""
    wanted = {"a.png": SVG, "b.webp": WEBP, "c.svg": SVG, "d.png": b"", "e.jpg": JPEG, "f.png": png()[:12]}
    files = [
        {"upload_id": ad_hoc.upload(name, content), "content_id": name.partition(".")[0]}
        for name, content in wanted.items()
    ]
    html = "".join(f'<img src="cid:{row["content_id"]}">' for row in files)
    found = wrong(ad_hoc.post(EMAIL | {"html": html, "attachments": files}))
    assert {field: message.rpartition(" ")[2] for field, message in found.items()} == {
        f"attachments.{n}": name for n, name in enumerate(wanted) if name != "e.jpg"
    }
    assert nothing_written(ad_hoc.mail)


@pytest.mark.parametrize("images", [2, 1])
def test_total_size(ad_hoc: AdHocChannel, images: int) -> None:
    """Images count towards the size that SES sends, and nothing is written before."""
    large = png() + bytes(4_000_000 // images)
    html = "".join(f'<img src="{data_url(large + bytes([n]))}">' for n in range(images))
    file = ad_hoc.upload("a.bin", bytes(26_000_000))
    answer = ad_hoc.post(EMAIL | {"html": html, "attachments": [file]})
    assert list(wrong(answer)) == ["attachments"]
    assert nothing_written(ad_hoc.mail)
    assert ad_hoc.sent() == []


def test_measured_size(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole message is measured before anything is written, too."""
    monkeypatch.setattr("email_channels.outbound.sending.MAX_SENT_BYTES", 1000)
    assert list(wrong(ad_hoc.post(with_images(ad_hoc)))) == ["attachments"]
    assert nothing_written(ad_hoc.mail)
    assert MAX_SENT_BYTES == 40_000_000


def test_image_in_a_template(ad_hoc: AdHocChannel) -> None:
    """The HTML of the request replaces that of a template, with its images."""
    body = with_images(ad_hoc, template="none")
    assert list(wrong(ad_hoc.post(body))) == ["template"]


def nothing_written(mail: MailBucket) -> bool:
    client = mail._client
    listed = client.list_objects_v2(Bucket=mail._bucket).get("Contents", [])
    return not [row["Key"] for row in listed if row["Key"].startswith(("sent/", "attachments/", "bodies/"))]
