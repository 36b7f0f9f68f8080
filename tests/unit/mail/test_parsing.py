# ruff: noqa: E501  # the lines of emails are not wrapped
"""Bodies and attachments of messages as real programs write them."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest
from email_channels.mail.limits import MAX_DEPTH
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st


def read(text: str | bytes) -> InboundMessage:
    raw = text.encode() if isinstance(text, str) else text
    return parse_message(b"From: kim@example.org\nDate: Tue, 3 Nov 2026 10:00:00 +0100\n" + raw)


def files(message: InboundMessage) -> list[tuple[str, str, bytes]]:
    return [(file.filename, file.content_type, file.content) for file in message.attachments]


# name -> message below From and Date, its text
TEXTS: dict[str, tuple[str | bytes, str]] = {
    "no_type": ("\nHi\n", "Hi"),
    "latin1": ("Content-Type: text/plain; charset=iso-8859-1\n\nGrüße\n".encode("latin-1"), "Grüße"),
    "windows_1252_as_latin1": ("Content-Type: text/plain; charset=iso-8859-1\n\n“Grüße” – 5 €\n".encode("cp1252"), "“Grüße” – 5 €"),
    "utf8_as_latin1": ("Content-Type: text/plain; charset=iso-8859-1\n\nGrüße\n", "Grüße"),
    "latin1_as_utf8": ("Content-Type: text/plain; charset=utf-8\n\nGrüße\n".encode("latin-1"), "Grüße"),
    "utf8_as_ascii": ("Content-Type: text/plain; charset=us-ascii\n\nGrüße\n", "Grüße"),
    "utf8_undeclared": ("\nGrüße\n", "Grüße"),
    "unknown_charset": ("Content-Type: text/plain; charset=x-foo\n\nGrüße\n", "Grüße"),
    "quoted_charset_with_junk": ('Content-Type: text/plain; charset="utf-8;"\n\nGrüße\n', "Grüße"),
    "iso_2022_jp": (b"Content-Type: text/plain; charset=ISO-2022-JP\n\n\x1b$BF|K\\8l\x1b(B\n", "日本語"),
    "iso_2022_jp_undeclared": (b"\n\x1b$BF|K\\8l\x1b(B\n", "日本語"),
    "utf_7": ("Content-Type: text/plain; charset=utf-7\n\nGr+APwA3w-e\n", "Grüße"),
    "utf_16": ("Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode("Grüße".encode("utf-16")).decode(), "Grüße"),
    "gb2312_beyond_gb2312": ("Content-Type: text/plain; charset=gb2312\n\n镕工资\n".encode("gb18030"), "镕工资"),
    "big5": ("Content-Type: text/plain; charset=big5\n\n薪資\n".encode("big5"), "薪資"),
    "koi8_r": ("Content-Type: text/plain; charset=koi8-r\n\nЗарплата\n".encode("koi8-r"), "Зарплата"),
    "cyrillic_undeclared": ("\nУважаемые коллеги, прошу проверить мою зарплату за октябрь месяц.\n".encode("cp1251"), "Уважаемые коллеги, прошу проверить мою зарплату за октябрь месяц."),
    "ks_c_5601": ("Content-Type: text/plain; charset=ks_c_5601-1987\n\n급여\n".encode("cp949"), "급여"),
    "quoted_printable": ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe, soft=\n wrapped\n", "Grüße, soft wrapped"),
    "quoted_printable_broken": ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n1=2, =XY, =c3=bc=  \nend=\n", "1=2, =XY, üend"),
    "base64_with_junk": ("Content-Transfer-Encoding: base64\n\nSGVs\n bG8h*\n", "Hello!"),
    "base64_without_padding": ("Content-Transfer-Encoding: base64\n\nSGVsbG8\n", "Hello"),
    "encoding_with_comment": ("Content-Transfer-Encoding: base64 (hm)\n\nSGVsbG8=\n", "Hello"),
    "nul": (b"\nH\x00i\n", "Hi"),
    "mixed_line_ends": (b"\na\r\nb\nc\rd\r\n", "a\nb\nc\nd"),
    "byte_order_mark": (b"\n\xef\xbb\xbfHi\n", "Hi"),
    "flowed": ("Content-Type: text/plain; format=flowed\n\nThis is \none line.\n\n> quoted \n> too\n-- \nKim\n", "This is one line.\n\n> quoted too\n-- \nKim"),
    "flowed_delsp": ("Content-Type: text/plain; format=flowed; delsp=yes\n\n日本 \n語\n", "日本語"),
    "flowed_stuffed": ("Content-Type: text/plain; format=flowed\n\n From me\n >no quote\n", "From me\n>no quote"),
    "html_only": ("Content-Type: text/html\n\n<html><head><style>p{}</style></head><body><p>Hello<br>world</p><p>See <a href='https://example.org/x'>this</a></p></body></html>", "Hello\nworld\n\nSee this <https://example.org/x>"),
    "html_quote": ("Content-Type: text/html\n\n<div>Yes</div><blockquote type=cite><div>Which?</div></blockquote>", "Yes\n\n> Which?"),
    "html_meta_charset": ("Content-Type: text/html\n\n<meta charset=iso-8859-2><p>Zażółć</p>".encode("iso-8859-2"), "Zażółć"),
    "html_hidden": ("Content-Type: text/html\n\n<div style='display: none'>preview</div>Hello &amp; bye", "Hello & bye"),
    "html_list": ("Content-Type: text/html\n\n<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>", "- a\n- b\n\n1. c"),
    "html_table": ("Content-Type: text/html\n\n<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    "alternative": ("Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n", "plain"),
    "alternative_with_empty_text": ("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\n--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n", "rich"),
    "same_said_twice": ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello world, this is me\n--b\nContent-Type: text/html\n\n<p>Hello <b>world</b>, this is me</p>\n--b--\n", "Hello world, this is me"),
    "two_texts": ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n", "one\ntwo"),
    "no_end": ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n", "Hi"),
    "never_starts": ("Content-Type: multipart/mixed; boundary=b\n\nHi\n", "Hi"),
    "no_boundary": ("Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\nHi\n--x--\n", "Hi"),
    "boundary_misspelt": ("Content-Type: multipart/mixed; boundary=a\n\n--x\nContent-Type: text/plain\n\nHi\n--x--\n", "Hi"),
    "preamble_and_epilogue": ("Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\nHi\n--b--\nepilogue\n", "Hi"),
    "boundary_is_prefix_of_inner": ("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\nHi\n--bb--\n--b--\n", "Hi"),
    "space_behind_boundary": ("Content-Type: multipart/mixed; boundary=b\n\n--b  \n\nHi\n--b--  \n", "Hi"),
    "signed": ('Content-Type: multipart/signed; boundary=b; protocol="application/pgp-signature"\n\n--b\n\nHi\n--b\nContent-Type: application/pgp-signature; name=signature.asc\n\nxxx\n--b--\n', "Hi"),
    "related_in_alternative": ("Content-Type: multipart/alternative; boundary=a\n\n--a\n\nplain\n--a\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src=cid:x>\n--r\nContent-Type: image/png\nContent-ID: <x>\n\nxxx\n--r--\n--a--\n", "plain"),
    "enriched": ("Content-Type: text/enriched\n\n<bold>Hello</bold>\nworld\n\nend << here\n", "Hello world\nend < here "),
    "invalid_type": ("Content-Type: nonsense\n\nHi\n", "Hi"),
    "type_without_semicolon": ("Content-Type: text/plain charset=utf-8\n\nGrüße\n", "Grüße"),
    "inner_type_missing": ("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: inline\n\nHi\n--b--\n", "Hi"),
    "encoded_multipart": ("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"--b\n\nHi\n--b--\n").decode(), "Hi"),
    "opaque_signature": ("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(bytes.fromhex("308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a0802480") + b"\x04\x1cContent-Type: text/plain\r\n\r\n" + b"\x04\x04Hi\r\n" + bytes(8)).decode(), "Hi"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_text(name: str) -> None:
    raw, text = TEXTS[name]

    assert (read(raw).text or "").strip("\n") == text


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "mixed_line_ends"])
def test_text_with_crlf(name: str) -> None:
    raw, text = TEXTS[name]
    raw = raw.encode() if isinstance(raw, str) else raw

    assert (read(raw.replace(b"\n", b"\r\n")).text or "").strip("\n") == text


PDF = "Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"%PDF").decode()
# name -> header fields of a part (with its body), name and type of the attachment
ATTACHMENTS: dict[str, tuple[str | bytes, str, str]] = {
    "disposition": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename=pay.pdf\n{PDF}", "pay.pdf", "application/pdf"),
    "name_only": (f"Content-Type: application/pdf; name=pay.pdf\n{PDF}", "pay.pdf", "application/pdf"),
    "both": (f'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment; filename="b.pdf"\n{PDF}', "b.pdf", "application/pdf"),
    "quoted_with_spaces": (f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="my pay.pdf"\n{PDF}', "my pay.pdf", "application/pdf"),
    "unquoted_with_spaces": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename=my pay.pdf\n{PDF}", "my pay.pdf", "application/pdf"),
    "semicolon_in_quotes": (f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="a;b.pdf"; size=4\n{PDF}', "a;b.pdf", "application/pdf"),
    "rfc2231": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf\n{PDF}", "Grüße.pdf", "application/pdf"),
    "rfc2231_continued": (f"Content-Type: application/pdf\nContent-Disposition: attachment;\n filename*0*=utf-8''Gr%C3%BC;\n filename*1*=%C3%9Fe;\n filename*2=\".pdf\"\n{PDF}", "Grüße.pdf", "application/pdf"),
    "rfc2231_out_of_order": (f"Content-Type: application/pdf\nContent-Disposition: attachment;\n filename*1=\"b.pdf\";\n filename*0=\"a\"\n{PDF}", "ab.pdf", "application/pdf"),
    "rfc2231_latin1": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=iso-8859-1''Gr%FC%DFe.pdf\n{PDF}", "Grüße.pdf", "application/pdf"),
    "rfc2231_without_charset": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=Gr%C3%BC%C3%9Fe.pdf\n{PDF}", "Grüße.pdf", "application/pdf"),
    "extended_wins": (f"Content-Type: application/pdf\nContent-Disposition: attachment; filename=x.pdf; filename*=utf-8''%C3%BC.pdf\n{PDF}", "ü.pdf", "application/pdf"),
    "encoded_word": (f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?="\n{PDF}', "Grüße.pdf", "application/pdf"),
    "encoded_words_folded": (f'Content-Type: application/pdf; name="=?utf-8?B?R3LDvA==?=\n =?utf-8?B?w59lLnBkZg==?="\n{PDF}', "Grüße.pdf", "application/pdf"),
    "raw_utf8": (f'Content-Type: application/pdf; name="Grüße.pdf"\n{PDF}', "Grüße.pdf", "application/pdf"),
    "raw_latin1": (f'Content-Type: application/pdf; name="Grüße.pdf"\n{PDF}'.encode("latin-1"), "Grüße.pdf", "application/pdf"),
    "unix_path": (f'Content-Type: application/pdf; name="../../etc/pay.pdf"\n{PDF}', "pay.pdf", "application/pdf"),
    "windows_path": (f'Content-Type: application/pdf; name="C:\\Users\\kim\\pay.pdf"\n{PDF}', "pay.pdf", "application/pdf"),
    "controls": (f'Content-Type: application/pdf; name="pay\u202efdp.exe\x01"\n{PDF}', "payfdp.exe", "application/pdf"),
    "only_dots": (f'Content-Type: application/pdf; name=".."\n{PDF}', "attachment-1.pdf", "application/pdf"),
    "no_name": (f"Content-Type: application/pdf\n{PDF}", "attachment-1.pdf", "application/pdf"),
    "unclosed_quote": (f'Content-Type: application/pdf; name="pay.pdf\n{PDF}', "pay.pdf", "application/pdf"),
    "only_a_filename": (f"Content-Type: application/pdf\nContent-Disposition: filename=pay.pdf\n{PDF}", "pay.pdf", "application/pdf"),
    "upper_case": (f"CONTENT-TYPE: APPLICATION/PDF; NAME=pay.pdf\n{PDF}", "pay.pdf", "application/pdf"),
    "calendar": ("Content-Type: text/calendar; method=REQUEST\n\n%PDF", "invite.ics", "text/calendar"),
    "text_attachment": ("Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n%PDF", "a.txt", "text/plain"),
    "named_text_behind_the_body": ("Content-Type: text/plain; name=a.txt\n\n%PDF", "a.txt", "text/plain"),
    "uuencoded": ("Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a.bin\n$)5!$1@``\n`\nend\n", "a.bin", "application/octet-stream"),
    "backslash_before_the_last_quote": (f'Content-Type: application/pdf; name="pay\\"s.pdf"\n{PDF}', 'pay"s.pdf', "application/pdf"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACHMENTS)
def test_attachment(name: str) -> None:
    part, filename, content_type = ATTACHMENTS[name]
    part = part.encode() if isinstance(part, str) else part

    message = read(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n" + part + b"\n--b--\n")

    assert message.text == "Hi"
    assert files(message) == [(filename, content_type, b"%PDF")]
    assert (message.attachments[0].size, message.attachments[0].sha256) == (4, hashlib.sha256(b"%PDF").hexdigest())


def test_attached_message() -> None:
    """An attached message is an attachment, never the body."""
    inner = "From: lee@example.org\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsecret\n--b--"

    message = read(
        f"Content-Type: multipart/mixed; boundary=o\n\n--o\n\nHi\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )

    assert message.text == "Hi"
    assert files(message) == [("Grüße.eml", "message/rfc822", inner.encode())]


def test_digest() -> None:
    message = read(
        "Content-Type: multipart/digest; boundary=o\n\n--o\n\nSubject: one\n\n1\n--o\n\nSubject: two\n\n2\n--o--\n"
    )

    assert [file.filename for file in message.attachments] == ["one.eml", "two.eml"]
    assert message.text is None


def test_inline_image() -> None:
    """An image is inline if the HTML refers to it."""
    message = read(
        "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src='cid:a@x'>\n"
        "--r\nContent-Type: image/png; name=a.png\nContent-ID: <a@x>\n\nA\n"
        "--r\nContent-Type: image/png; name=b.png\nContent-ID: <b@x>\nContent-Disposition: inline\n\nB\n--r--\n"
    )

    assert [(file.filename, file.content_id, file.inline) for file in message.attachments] == [
        ("a.png", "a@x", True),
        ("b.png", "b@x", False),
    ]


def test_uuencoded_file() -> None:
    message = read("\nHere it is:\n\nbegin 644 a.bin\n$)5!$1@``\n`\nend\n\nKim\n")

    assert message.text == "Here it is:\n\nKim\n"
    assert files(message) == [("a.bin", "application/octet-stream", b"%PDF")]


def test_begin_line_without_file() -> None:
    """A line that only looks like the start of a uuencoded file stays in the text."""
    assert read("\nbegin 644 reasons\nand so on\n").text == "begin 644 reasons\nand so on\n"


def test_winmail() -> None:
    """winmail.dat is unpacked, and also kept."""

    def attribute(level: int, kind: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)

    def text(identifier: int, value: str) -> bytes:
        data = value.encode("utf-16-le") + b"\0\0"
        return struct.pack("<HHII", 0x001F, identifier, 1, len(data)) + data + bytes(-len(data) % 4)

    tnef = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    tnef += attribute(1, 0x0002800C, b"Body inside\0")
    tnef += (
        attribute(2, 0x00069002, bytes(14))
        + attribute(2, 0x00018010, b"GRE~1.PDF\0")
        + attribute(2, 0x0006800F, b"%PDF")
    )
    tnef += attribute(2, 0x00069005, struct.pack("<I", 2) + text(0x3707, "Grüße.pdf") + text(0x370E, "application/pdf"))
    part = (
        "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(tnef).decode()
    )

    message = read(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n{part}\n--b--\n")
    assert message.text == "Hi"
    assert files(message) == [("winmail.dat", "application/ms-tnef", tnef), ("Grüße.pdf", "application/pdf", b"%PDF")]

    assert read(part).text == "Body inside"
    for cut in range(len(tnef)):
        read(part.split("\n\n")[0].encode() + b"\n\n" + base64.b64encode(tnef[:cut]))


def test_depth_and_parts() -> None:
    """Depth and number of parts are limited, and no content is lost."""
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(MAX_DEPTH * 2)) + "\nHi\n"
    many = "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\nContent-Type: image/png\n\nx\n" * 5_000

    assert any("deep" in defect for defect in read(deep).defects)
    message = read(many)
    assert any("parts" in defect for defect in message.defects)
    assert message.attachments[-1].size > 60_000


def test_hostile_html() -> None:
    """Hostile HTML is read in limited time."""
    for tag in ("<div>", "<font size=1><p>", "<table><td>", "<blockquote>x", "<a href=//x><p>"):
        message = read("Content-Type: text/html\n\n" + tag * 30_000 + "Hello")
        assert "Hello" in (message.text or "")


def test_empty_and_broken() -> None:
    assert parse_message(b"").text == ""
    assert parse_message(b"\xff" * 100).from_ is None
    assert parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n--b").attachments == ()


@pytest.mark.parametrize(
    ("mail", "defect"),
    [
        (b"Subject: One\nSubject: Two\n\nHello\n", "more than one Subject"),
        (b"To: kim@example.org\nTo: lee@example.org\n\nHello\n", "more than one To"),
        (b"Subject: Gr\xfc\xdfe\n\nHello\n", "8-bit text in Subject that is not UTF-8"),
        (b"From: =?x-none?q?Kim?= <kim@example.org>\n\nHello\n", "unknown charset 'x-none' in From"),
        (b"Date: Tue, 3 Nov 2026 10:00:00 +9999\n\nHello\n", "Date has an impossible time zone: read as UTC"),
        (b"Subject: Hi\n\nHel\x00lo\n", "NUL bytes"),
        (b"Content-Transfer-Encoding: quoted-printable\n\na=b\n", "broken quoted-printable"),
        (
            b'Content-Type: application/ms-tnef\n\nx\x9f>"\x01\x00\x01\x06\x90\x08\x00\xff\x00\x00\x00cut',
            "winmail.dat is damaged: only the part before the damage was unpacked",
        ),
    ],
)
def test_defects(mail: bytes, defect: str) -> None:
    assert defect in parse_message(b"From: Ann <ann@example.com>\n" * (b"From:" not in mail) + mail).defects


def test_no_defects() -> None:
    mail = "From: Grüße <ann@example.com>\nTo: a@example.com\nDate: Tue, 3 Nov 2026 10:00:00 +0100\nSubject: =?gb2312?q?a?=\n"

    assert parse_message(f"{mail}\nHello\n".encode()).defects == ()


@settings(max_examples=400)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*(raw if isinstance(raw, bytes) else raw.encode() for raw, _ in TEXTS.values())]),
            st.sampled_from(
                [b"--b\n", b"--b--\n", b"\n", b"\r\n\r\n", b"Content-Type: message/rfc822\n", b"=?utf-8?B?"]
            ),
            st.binary(max_size=40),
        ),
        max_size=6,
    )
)
def test_any_bytes(pieces: list[bytes]) -> None:
    """No bytes raise an exception."""
    message = parse_message(b"".join(pieces))

    assert all(file.filename and "/" not in file.filename for file in message.attachments)
    repr(message).encode()
