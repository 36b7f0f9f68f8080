"""Images in the HTML of an agent's email: which become inline parts, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.outbound.ad_hoc.images import CONTENT_ID
from email_channels.outbound.ad_hoc.inline_html import InlineHtml, PastedImage, wire_content_id
from email_channels.outbound.drafts import DraftAttachment, read_draft
from hypothesis import given
from hypothesis import strategies as st

from tests.support.system.images import GIF, JPEG, SVG, WEBP, data_url, png

EMAIL: dict[str, Any] = {"to": ["jo@elsewhere.example"], "subject": "Leave"}
LOGO = {"upload_id": "UP1", "content_id": "logo"}
WRONG_IDS: list[Any] = ["", 'a"b', "a\r\nBcc: x@y", "<a>", "a b", "ä", ".a", "a.", "a@", "x" * 129, 7, []]


def read(html: str, *attachments: object) -> InlineHtml:
    draft, errors = read_draft(EMAIL | {"html": html, "attachments": list(attachments)})
    assert errors == ()
    assert draft.html is not None
    return draft.html


def wrong(html: str | None, *attachments: object, **more: object) -> dict[str, str]:
    _, errors = read_draft(EMAIL | {"text": "x", "html": html, "attachments": list(attachments), **more})
    return {error.field: error.message for error in errors}


def test_upload_and_data_url() -> None:
    """Both kinds of images become places for content ids."""
    html = f'<p>a<img src="cid:logo" alt="Logo" onerror="x"><img src="{data_url(png())}"><a href="cid:logo">b</a></p>'
    found = read(html, LOGO, "UP2")
    assert found.names == ("logo", "image1")
    assert found.pasted == {"image1": PastedImage("image/png", png())}
    assert found.shown == '<p>a<img src="cid:logo" alt="Logo"><img src="cid:image1"><a>b</a></p>'
    sent = '<p>a<img src="cid:x@y" alt="Logo"><img src="cid:z@y"><a>b</a></p>'
    assert found.with_ids({"logo": "x@y", "image1": "z@y"}) == sent


def test_attachments() -> None:
    draft, errors = read_draft(
        EMAIL | {"html": '<img src="cid:logo">', "attachments": ["UP2", LOGO, {"upload_id": "UP3", "content_id": None}]}
    )
    assert errors == ()
    assert draft.attachments == {
        "UP2": DraftAttachment("attachments.0"),
        "UP1": DraftAttachment("attachments.1", "logo"),
        "UP3": DraftAttachment("attachments.2"),
    }


@pytest.mark.parametrize(
    "source",
    [
        "cid:image001.png@01DA1234.5678ABCD",
        "CID:image001.png@01DA1234.5678ABCD",
        "  cid:image001.png%4001DA1234.5678ABCD ",
        "c\nid:image001.png@01DA1234.5678ABCD",
    ],
)
def test_spelling_of_cid(source: str) -> None:
    named = {"upload_id": "UP1", "content_id": "image001.png@01DA1234.5678ABCD"}
    assert read(f'<img src="{source}">', named).names == (named["content_id"],)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (data_url(png()), "image/png"),
        (data_url(png()).replace("data:", "DATA:").replace("base64", "BASE64"), "image/png"),
        (data_url(GIF, "image/gif"), "image/gif"),
        (data_url(JPEG, "image/jpeg"), "image/jpeg"),
        (data_url(JPEG, "image/png"), "image/jpeg"),
        (data_url(JPEG, "image/svg+xml"), "image/jpeg"),
        (data_url(png(), "image/png;name=a.png"), "image/png"),
        (data_url(png()).rstrip("="), "image/png"),
        (data_url(png()).replace(",", ",\n  ").replace("A", "A\r\n"), "image/png"),
        (data_url(png()).replace("+", "%2B").replace("/", "%2F"), "image/png"),
        (" \t" + data_url(png()), "image/png"),
    ],
)
def test_spelling_of_data_url(source: str, kind: str) -> None:
    """The bytes say what the image is, as browsers read it."""
    (image,) = read(f'<img src="{source}">').pasted.values()
    assert image.content_type == kind
    assert image.content in {png(), GIF, JPEG}


def test_percent_encoded_data_url() -> None:
    source = "data:image/gif," + "".join(f"%{byte:02X}" for byte in GIF)
    assert read(f'<img src="{source}">').pasted == {"image1": PastedImage("image/gif", GIF)}


def test_same_image_twice() -> None:
    """The same image is sent once."""
    found = read(f'<img src="{data_url(png())}"><img src="{data_url(png(1))}">' * 500)
    assert found.names == ("image1", "image2")
    assert found.shown.count('"cid:image1"') == 500


def test_generated_name_is_free() -> None:
    found = read(f'<img src="cid:image1"><img src="{data_url(png())}">', {"upload_id": "UP1", "content_id": "image1"})
    assert found.names == ("image1", "image2")


def test_place_in_a_text() -> None:
    """A text that looks like an image stays as it is."""
    text = '<p>Write src="cid:logo" or cid:place-0-</p>'
    assert read(f'<img src="cid:logo">{text}', LOGO).with_ids({"logo": "x@y"}) == f'<img src="cid:x@y">{text}'


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("cid:other", "names an image that is not among the attachments: cid:other"),
        ("cid:", "names an image that is not among the attachments: cid:''"),
        ("cid:a%22><b\r\nBcc: x", "names an image that is not among the attachments: cid:'a\"><bBcc: x'"),
        (data_url(WEBP, "image/webp"), "image 1 (data:image/webp) is not a PNG, JPEG or GIF image"),
        (data_url(SVG, "image/svg+xml"), "image 1 (data:image/svg+xml) is not a PNG, JPEG or GIF image"),
        ("data:image/svg+xml,<svg/>", "image 1 (data:image/svg+xml) is not a PNG, JPEG or GIF image"),
        (data_url(SVG, "image/png"), "image 1 (data:image/png) cannot be read"),
        ("data:image/png;base64,iVBORw0KGgo=", "image 1 (data:image/png) cannot be read"),
        ("data:image/png;base64,%%%", "image 1 (data:image/png) cannot be read"),
        ("data:image/png;base64,ä", "image 1 (data:image/png) cannot be read"),
        ("data:image/png;base64", "image 1 (data:image/png) cannot be read"),
        ("data:text/html,<script>x</script>", "image 1 (data:text/html) is not a PNG"),
        ("data:", "image 1 (data:) is not a PNG"),
        ("data:," + "x" * 5000, "image 1 (data:) is not a PNG"),
    ],
)
def test_refused(source: str, message: str) -> None:
    """The answer names the image."""
    from html import escape

    found = wrong(f'<p>x</p><img src="{escape(source)}">', LOGO)
    assert next(iter(found)) == "html"
    assert message in found["html"]
    assert len(found["html"]) < 300


def test_second_image_is_named() -> None:
    html = f'<img src="https://a.example/l.png"><img src="{data_url(png())}"><img src="{data_url(WEBP, "image/webp")}">'
    assert "image 3 (data:image/webp)" in wrong(html)["html"]


@pytest.mark.parametrize("html", [None, "", "<p>no image</p>", '<p style="background:url(cid:logo)">x</p>'])
def test_unused_upload(html: str | None) -> None:
    """An image that the HTML does not name is refused: the agent may have deleted it from the text."""
    fields = wrong(html, "UP2", LOGO)
    assert set(fields) == ({"html"} if "url" in (html or "") else {"attachments.1.content_id"})
    assert "cid:" in next(iter(fields.values()))


@pytest.mark.parametrize(
    ("attachments", "field"),
    [
        ([LOGO, {"upload_id": "UP2", "content_id": "logo"}], "attachments.1.content_id"),
        ([LOGO, "UP1"], "attachments.1"),
        (["UP1", LOGO], "attachments.1"),
        ([LOGO, {"upload_id": "UP1", "content_id": "two"}], "attachments.1"),
        ([LOGO, {"content_id": "two"}], "attachments.1.upload_id"),
        ([LOGO, {"upload_id": 7}], "attachments.1.upload_id"),
        ([LOGO, {"upload_id": "UP2", "cid": "two"}], "attachments.1.cid"),
        ([LOGO, {"upload_id": "../x"}], "attachments.1"),
        *(
            ([LOGO, {"upload_id": "UP2", "content_id": content_id}], "attachments.1.content_id")
            for content_id in WRONG_IDS
        ),
    ],
)
def test_wrong_attachments(attachments: list[Any], field: str) -> None:
    assert field in wrong('<img src="cid:logo"><img src="cid:two">', *attachments)


def test_many_images() -> None:
    """A thousand different images are refused, and so is one more than an email may have."""
    many = [f'<img src="{data_url(png() + bytes([n % 256, n // 256]))}">' for n in range(1000)]
    assert "at most 100" in wrong("".join(many))["html"]
    assert wrong("".join(many[:100])) == {}
    assert "at most 100" in wrong("".join(many[:100]), "UP1")["html"]
    assert wrong("".join(many[:99]), "UP1") == {}


def test_large_images() -> None:
    """Images do not count as characters of the HTML."""
    image = data_url(png() + bytes(3_000_000))
    assert wrong(f'<p>{"x" * 900_000}</p><img src="{image}">') == {}
    assert "1,000,000 characters" in wrong(f'<p>{"x" * 1_000_001}</p><img src="{image}">')["html"]
    assert "6000000" in wrong(f'<img src="{data_url(bytes(20_000_000))}">')["html"]


def test_wire_content_id() -> None:
    """The id in the message holds nothing of the request but letters, digits and hyphens."""
    assert wire_content_id("logo", 2, "7K3F", "acme.example") == "logo.2.7k3f@acme.example"
    assert wire_content_id("a.b~c@d.e", 1, "7K3F", "acme.example") == "a-b-c.1.7k3f@acme.example"
    assert wire_content_id("=", 1, "7K3F", "acme.example") == "image.1.7k3f@acme.example"


@given(st.text(), st.sampled_from(["cid:", "data:", "DATA:image/png;base64,", "data:image/gif;base64,R0lGODlh"]))
def test_any_address(rest: str, scheme: str) -> None:
    """Every address gets an answer."""
    from html import escape

    wrong(f'<img src="{escape(scheme + rest)}">', LOGO)


@given(st.from_regex(CONTENT_ID.pattern, fullmatch=True))
def test_any_content_id(content_id: str) -> None:
    """Every content id that is accepted can be named."""
    assert read(f'<img src="cid:{content_id}">', {"upload_id": "UP1", "content_id": content_id}).names == (content_id,)
