"""An agent's request to send: what is accepted, and which field an error names."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.cases.recipients import RecipientRole
from email_channels.cases.uploads import MOST_BYTES, UploadPurpose
from email_channels.errors import Invalid
from email_channels.mail.message import Address
from email_channels.outbound.attachment_checks import MAX_SENT_BYTES, UploadedFile, attachment_errors, too_large
from email_channels.outbound.drafts import Draft, DraftAttachment, own_recipients, read_draft
from email_channels.outbound.mime_parts import encoded_size
from email_channels.outbound.outgoing_html import outgoing_html
from hypothesis import given
from hypothesis import strategies as st

EMAIL: dict[str, Any] = {"to": ["Jo Doe <jo@elsewhere.example>"], "subject": "Leave", "text": "Ten days.\n"}


def wrong(document: object) -> list[str]:
    return sorted(error.field for error in read_draft(document)[1])


def test_full_email() -> None:
    draft, errors = read_draft(
        {
            "to": ["Jo Doe <jo@elsewhere.example>", '"Webb, Marcus" <marcus@bücher.example>', "zoe@acme.example"],
            "cc": [{"address": "ann@acme.example", "name": "Ann"}, {"address": "bob@acme.example"}],
            "bcc": ["secret@acme.example"],
            "subject": " Leave ",
            "text": "Ten\x00 days.\r\n",
            "html": "<p>Ten days.</p>",
            "attachments": ["UP1", "UP2", "UP1"],
            "in_reply_to": "06h0kdp46abcdefghjk",
            "template": None,
        }
    )
    assert errors == ()
    assert draft.addresses(RecipientRole.TO) == (
        Address("Jo Doe", "jo@elsewhere.example"),
        Address("Webb, Marcus", "marcus@xn--bcher-kva.example"),
        Address("", "zoe@acme.example"),
    )
    assert draft.addresses(RecipientRole.CC) == (Address("Ann", "ann@acme.example"), Address("", "bob@acme.example"))
    assert draft.addresses(RecipientRole.BCC) == (Address("", "secret@acme.example"),)
    assert draft.html is not None
    assert (draft.subject, draft.text, draft.html.shown) == ("Leave", "Ten days.\r\n", "<p>Ten days.</p>")
    assert draft.attachments == {"UP1": DraftAttachment("attachments.0"), "UP2": DraftAttachment("attachments.1")}
    assert draft.in_reply_to == "06H0KDP46ABCDEFGHJK"


def test_repeated_recipient() -> None:
    """The first field that names a recipient wins."""
    draft, errors = read_draft(
        EMAIL | {"cc": ["JO@elsewhere.example", "zoe@acme.example"], "bcc": ["zoe@ACME.example", "ann@acme.example"]}
    )
    assert errors == ()
    assert [(row.field, row.address.address) for row in draft.recipients] == [
        ("to.0", "jo@elsewhere.example"),
        ("cc.1", "zoe@acme.example"),
        ("bcc.1", "ann@acme.example"),
    ]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"to": []}, ["to"]),
        ({"to": None}, ["to"]),
        ({"to": "jo@elsewhere.example"}, ["to"]),
        ({"to": ["a@x.example, b@x.example"]}, ["to.0"]),
        *(
            ({field: [written]} | ({} if field == "to" else {"to": ["jo@elsewhere.example"]}), [f"{field}.0"])
            for field in ("to", "cc", "bcc")
            for written in (
                "a@x.example b@x.example",
                "a@x.example\tb@x.example",
                "a@x.example <b@x.example> c@x.example",
                "<a@x.example> <b@x.example>",
                "a@x.example;b@x.example",
                '"a" a@x.example b@x.example',
                "A <a@x.example> b@x.example",
                "<a@x.example>b@x.example",
            )
        ),
        *(
            (
                {field: [{"address": "a@x.example b@x.example"}]}
                | ({} if field == "to" else {"to": ["jo@elsewhere.example"]}),
                [f"{field}.0.address"],
            )
            for field in ("to", "cc", "bcc")
        ),
        ({"to": ["undisclosed-recipients:;"]}, ["to.0"]),
        ({"to": [""]}, ["to.0"]),
        ({"to": ["<>"]}, ["to.0"]),
        ({"to": ["jo@elsewhere.example", "jö@elsewhere.example"]}, ["to.1"]),
        ({"to": ["jo@elsewhere"]}, ["to.0"]),
        ({"to": ["jo@[192.0.2.1]"]}, ["to.0"]),
        ({"to": [{"address": "jo@elsewhere.example", "name": "Jo\r\nBcc: all@acme.example"}]}, ["to.0"]),
        ({"to": [{"address": "jo@elsewhere.example\r\nBcc: all@acme.example"}]}, ["to.0.address"]),
        ({"to": ["Jo\r\nBcc: all@acme.example <jo@elsewhere.example>"]}, ["to.0"]),
        ({"to": [{"name": "Jo"}]}, ["to.0.address"]),
        ({"cc": ["x"], "bcc": [7]}, ["bcc.0", "cc.0"]),
        ({"to": [], "cc": ["a@x.example"]}, ["to"]),
        ({"cc": [f"a{n}@x.example" for n in range(50)]}, ["to"]),
        ({"cc": [f"a{n}@x.example" for n in range(51)]}, ["cc", "to"]),
        ({"subject": "Hello\r\nBcc: all@acme.example"}, ["subject"]),
        ({"subject": "Hello\u2028there"}, ["subject"]),
        ({"subject": "Hello\x85there"}, ["subject"]),
        ({"subject": "x" * 999}, ["subject"]),
        ({"subject": 7}, ["subject"]),
        ({"text": "  \n"}, ["text"]),
        ({"text": None}, ["text"]),
        ({"text": None, "html": "<p> </p><script>x</script>"}, ["text"]),
        ({"text": 7}, ["text"]),
        ({"text": "x" * 1_000_001}, ["text"]),
        ({"html": "<b>" * 15_001 + "x"}, ["html"]),
        ({"html": "x" * 1_000_001}, ["html"]),
        ({"html": "x" * 6_000_001}, ["html"]),
        ({"html": ["x"]}, ["html"]),
        ({"attachments": ["UP1", "../x", 7]}, ["attachments.1", "attachments.2"]),
        ({"attachments": "UP1"}, ["attachments"]),
        ({"in_reply_to": "../CASE"}, ["in_reply_to"]),
        ({"in_reply_to": 7}, ["in_reply_to"]),
        ({"template": 7}, ["template"]),
        ({"attachements": []}, ["attachements"]),
        ({"to": [], "subject": "a\nb", "text": "", "attachments": 1}, ["attachments", "subject", "text", "to"]),
    ],
)
def test_wrong_fields(changes: dict[str, Any], fields: list[str]) -> None:
    """Every wrong field is named."""
    assert wrong(EMAIL | changes) == fields


@pytest.mark.parametrize("wrong_one", ["x", 7, None, [], {"address": "x"}, {"address": 7}, {"name": 7}])
def test_long_lists(wrong_one: object) -> None:
    """The schema does not check such a list to its end, so the later check must answer."""
    many = [wrong_one] * 120
    assert "cc" in wrong(EMAIL | {"cc": many, "bcc": many})
    half = [wrong_one] * 50
    assert wrong({"to": half, "cc": half, "bcc": half, "text": "x"})


def test_messages() -> None:
    """Messages are written for people."""
    messages = {
        error.field: error.message for error in read_draft(EMAIL | {"subject": "a\nb", "to": ["jö@x.example"]})[1]
    }
    assert messages == {
        "subject": "must be on one line, without control characters",
        "to.0": "must have only ASCII characters before the @, because Amazon SES sends to no other addresses",
    }


def test_html_without_text() -> None:
    """HTML without text gets a text."""
    draft, errors = read_draft({"to": EMAIL["to"], "html": "<p>ten <b>days</b></p><p>left</p>"})
    assert errors == ()
    assert draft.text == "ten days\n\nleft\n"
    picture, errors = read_draft({"to": EMAIL["to"], "html": '<img src="https://acme.example/logo.png">'})
    assert errors == ()
    assert picture.html is not None


_FIELDS = st.sampled_from([*EMAIL, "cc", "bcc", "html", "attachments", "in_reply_to", "template"])
_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 7, 1e300, "", "x", "a@b.example", "\x00", "<b>", [], {}, [[]], [None], ["a@b.example"], {"address": 1}]
)


@given(st.dictionaries(_FIELDS, _VALUES))
def test_any_json(document: dict[str, Any]) -> None:
    """Every JSON document gets an answer."""
    draft, errors = read_draft(document)
    assert errors or (draft.recipients and draft.text)


@pytest.mark.parametrize("document", [[], "text", 7, None])
def test_not_an_object(document: object) -> None:
    with pytest.raises(Invalid):
        read_draft(document)


def test_own_addresses() -> None:
    """Our own addresses are refused."""
    draft, _ = read_draft(EMAIL | {"cc": ["Payroll+x@acme.example", "any@in.example", "any@sub.in.example"]})
    errors = own_recipients(draft, {"payroll@acme.example"}, {"in.example"})
    assert [error.field for error in errors] == ["cc.0", "cc.1"]


def fields(draft: Draft) -> dict[str, str]:
    return {upload_id: row.field for upload_id, row in draft.attachments.items()}


def test_attachments() -> None:
    draft, _ = read_draft(EMAIL | {"attachments": ["UP1", "UP2", "UP3", "UP4", "UP5"]})
    errors = attachment_errors(
        fields(draft),
        {
            "UP1": UploadedFile("report.exe.pdf", 10, 10),
            "UP2": UploadedFile("setup.EXE. ", 10, 10),
            "UP3": UploadedFile("a.pdf", 10, None),
            "UP4": UploadedFile("a.pdf", 10, 11),
        },
        draft.text,
        None,
    )
    assert [(error.field, error.message) for error in errors] == [
        ("attachments.1", "has a type that Amazon SES does not send: .exe"),
        ("attachments.2", "was announced but not uploaded, or its upload has expired"),
        ("attachments.3", "has 11 bytes, but 10 bytes were announced"),
        ("attachments.4", "is not an upload that exists; uploads are kept for one day"),
    ]


def test_total_size() -> None:
    """Attachments together have a limit."""
    draft, _ = read_draft(EMAIL | {"attachments": ["UP1", "UP2"]})
    size = 14_000_000
    assert encoded_size(size) * 2 < MAX_SENT_BYTES
    fits = {name: UploadedFile("a.pdf", size, size) for name in ("UP1", "UP2")}
    assert attachment_errors(fields(draft), fits, draft.text, None) == ()
    larger = fits | {"UP2": UploadedFile("a.pdf", size + 2_000_000, size + 2_000_000)}
    [error] = attachment_errors(fields(draft), larger, draft.text, None)
    assert (error.field, error.message) == (
        "attachments",
        "make the email larger than 40 MB, the most that Amazon SES sends",
    )


def test_largest_upload() -> None:
    """A file that may be announced can be sent with a short text, and a larger one never."""
    most = MOST_BYTES[UploadPurpose.EMAIL]
    for size, errors in ((most, 0), (most + 50_000, 1)):
        found = attachment_errors(
            {"UP1": "attachments.0"}, {"UP1": UploadedFile("a.pdf", size, size)}, "x" * 2000, None
        )
        assert len(found) == errors


def test_size_of_texts() -> None:
    """Text, HTML and the images in it count as much as files do."""
    third = MAX_SENT_BYTES // 3
    assert attachment_errors({}, {}, "x" * (third // 2), "x" * (third // 2 - 50_000)) == ()
    for text, html in (("x" * third, None), ("x", "x" * third), ("x" * (third // 2), "ü" * (third // 4))):
        assert attachment_errors({}, {}, text, html) == (too_large(),)
    assert attachment_errors({}, {}, "x", "x", [MAX_SENT_BYTES // 2]) == ()
    assert attachment_errors({}, {}, "x", "x", [MAX_SENT_BYTES // 2, MAX_SENT_BYTES // 4]) == (too_large(),)


def test_outgoing_html() -> None:
    written = (
        '<p style="color:red" onclick="x()">hi<script>alert(1)</script><img src="https://a.example/l.png" onerror="x">'
        '<a href="javascript:x()">a</a><a href="https://a.example">b</a></p>'
        '<form action="/"><input></form><iframe></iframe>'
    )
    assert outgoing_html(written) == (
        '<p style="color:red">hi<img src="https://a.example/l.png"><a>a</a><a href="https://a.example">b</a></p>'
    )


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ("<math><mi>E</mi><mo>=</mo><mn>7</mn></math>", "<math>"),
        ("<MATH><semantics><annotation>x^2</annotation></semantics></MATH>", "<math>"),
        ("<math> </math>", None),
        ('<input value="12 High Street">', "<input>"),
        ('<form><input type="Date" value="2026-11-30"></form>', "<input>"),
        ('<input type="hidden" value="1"><input type="checkbox" value="1"><input type="submit" value="Go">', None),
        ('<input value=""><input>', None),
        ("<textarea>12 High Street</textarea><select><option>Leeds</option></select>", None),
    ],
)
def test_lost_text(html: str, lost: str | None) -> None:
    """What an agent pasted is sent, or is an error: formulas and fields of forms lose what is in them."""
    _, errors = read_draft(EMAIL | {"html": f"<p>hi</p>{html}"})
    expected = f"has text that cannot be sent: {lost} (write it as ordinary text)"
    assert [(error.field, error.message) for error in errors] == ([("html", expected)] if lost else [])


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ('<img src="https://a.example/l.png">', None),
        ('<IMG SRC=" HTTP://a.example/l.png ">', None),
        ('<img alt="x"><img src="">', None),
        ("<p style=\"color: red; background: url( 'https://a.example/l.png' )\">x", None),
        ("<p>the image and its background: url(x)</p>", None),
        ('<img src="file:///C:/Users/kim/l.png">', "file:"),
        ('<img src="blob:https://a.example/1">', "blob:"),
        ('<img src="logo.png">', "logo.png"),
        ('<img src="//a.example/l.png">', "//a.example/l.png"),
        ('<img src="http:l.png">', "http:"),
        ('<img srcset="logo.png 2x">', "logo.png 2x"),
        ('<img srcset="https://a.example/l.png 2x">', "https:"),
        ('<img src="https://a.example/l.png" srcset="l.png 2x">', None),
        ('<img src="https://a.example/l.png"><img src="blob:1">', "blob:"),
        ('<table background="https://a.example/l.png"><tr><td>x</table>', "https:"),
        ('<div style="background-image:URL(cid:x)">x</div>', "cid:"),
        ('<div style="background-image:url(data:image/png;base64,iVBORw0KGgo=)">x</div>', "data:"),
        (r'<div style="background-image:\75 r\l(DATA:image/png;base64,iVBORw0KGgo=)">x</div>', "DATA:"),
        ("<svg><script>alert(1)</script></svg>", "<svg>"),
        ("<svg><circle r='1'/></svg>", "<svg>"),
        ('<canvas width="9"></canvas>', "<canvas>"),
        ('<object data="l.png"></object>', "<object>"),
        ('<embed src="https://a.example/l.png">', "<embed>"),
        ('<video src="https://a.example/l.mp4"></video>', "<video>"),
        ('<v:shape><v:imagedata src="file:///C:/l.png"/></v:shape>', "<v:imagedata>"),
        ('<input type="IMAGE" src="https://a.example/l.png">', "<input>"),
        ('<picture><source srcset="https://a.example/l.avif"><img src="https://a.example/l.png"></picture>', None),
        ('<picture><source srcset="https://a.example/l.png"></picture>', "<picture>"),
        ('<picture><source srcset="l.png"><img src=""></picture>', "<picture>"),
    ],
)
@pytest.mark.parametrize("text", [None, "hi"])
def test_pictures(html: str, lost: str | None, text: str | None) -> None:
    """Pictures that recipients would not see are an error, whether or not there is a text."""
    _, errors = read_draft(EMAIL | {"text": text, "html": f"<p>hi</p>{html}"})
    expected = f"has a picture that cannot be sent: {lost} (send it as an attachment, or use its web address)"
    assert [(error.field, error.message) for error in errors] == ([("html", expected)] if lost else [])
