# ruff: noqa: E501  # the lines of headers are not wrapped
"""Headers as real programs write them: addresses, subjects, dates, ids."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from email_channels.mail.message import Address, InboundMessage
from email_channels.mail.parsing import parse_message


def message(*lines: str | bytes, body: str = "Hi\n") -> InboundMessage:
    raw = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return parse_message(raw + b"\n\n" + body.encode())


SUBJECTS: dict[str, tuple[str | bytes, str]] = {
    "plain": ("Subject: Pay", "Pay"),
    "folded": ("Subject: Pay\n for October", "Pay for October"),
    "folded_with_tab": ("Subject: Pay\n\tfor October", "Pay for October"),
    "adjacent_words": ("Subject: =?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe?=", "Grüße"),
    "split_inside_a_character": ("Subject: =?utf-8?Q?Gr=C3?=\n =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
    "split_inside_base64": ("Subject: =?utf-8?B?R3LDvM?= =?utf-8?B?OfZQ==?=", "Grüße"),
    "words_and_text": ("Subject: Re: =?iso-8859-1?Q?Gr=FC=DFe?= from =?utf-8?B?S8O2bG4=?=!", "Re: Grüße from Köln!"),
    "no_space_around_words": ("Subject: a=?utf-8?Q?=C3=BC?=b", "aüb"),
    "space_inside_a_word": ("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe aus Berlin?=", "Grüße aus Berlin"),
    "question_mark_inside_a_word": ("Subject: =?utf-8?Q?Warum=3F?=", "Warum?"),
    "underscores": ("Subject: =?utf-8?Q?a_b=5Fc?=", "a b_c"),
    "quoted_word": ('Subject: "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="', '"Grüße"'),
    "broken_padding": ("Subject: =?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
    "language": ("Subject: =?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    "unknown_charset": ("Subject: =?x-unknown?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    "wrong_charset": ("Subject: =?us-ascii?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    "latin1_declared_as_utf8": ("Subject: =?utf-8?Q?Gr=FC=DFe?=", "Grüße"),
    "iso_2022_jp": ("Subject: =?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "日本語"),
    "iso_2022_jp_in_pieces": ("Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\n =?ISO-2022-JP?B?GyRCOGwbKEI=?=", "日本語"),
    "iso_2022_jp_raw": (b"Subject: \x1b$BF|K\\8l\x1b(B", "日本語"),
    "gb2312": ("Subject: =?gb2312?B?uaTXyg==?=", "工资"),
    "big5": ("Subject: =?big5?B?wX646g==?=", "薪資"),
    "koi8": ("Subject: =?koi8-r?B?+sHS0MzB1ME=?=", "Зарплата"),
    "windows_1251": ("Subject: =?windows-1251?B?x+Dw7+vg8uA=?=", "Зарплата"),
    "euc_kr": ("Subject: =?euc-kr?B?sd6/qQ==?=", "급여"),
    "raw_utf8": ("Subject: Grüße", "Grüße"),
    "raw_latin1": ("Subject: Grüße".encode("latin-1"), "Grüße"),
    "raw_cyrillic_with_declared_body": ("Subject: Зарплата за октябрь\nContent-Type: text/plain; charset=windows-1251".encode("cp1251"), "Зарплата за октябрь"),
    "not_a_word": ("Subject: a =? b ?= c", "a =? b ?= c"),
    "unfinished_word": ("Subject: =?utf-8?Q?abc", "=?utf-8?Q?abc"),
    "empty_word": ("Subject: =?utf-8?Q??=", ""),
    "empty": ("Subject:", ""),
    "missing": ("X-Other: x", ""),
    "twice": ("Subject: first\nSubject: second", "first"),
    "nul": (b"Subject: Pa\x00y", "Pay"),
    "space_before_the_colon": ("Subject : Pay", "Pay"),
    "lower_case": ("subject:Pay", "Pay"),
    "emoji_split_between_words": ("Subject: =?UTF-8?B?8J+Y?= =?UTF-8?B?gCBQYXk=?=", "😀 Pay"),
    "lost_indent": ("Subject: Pay for\nOctober and more\nX-Mailer: x", "Pay for October and more"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBJECTS)
def test_subject(name: str) -> None:
    line, subject = SUBJECTS[name]

    assert message("From: kim@example.org", line).subject == subject


KIM = Address("", "kim@example.org")
FIELDS = {
    "bare": ("kim@example.org", [KIM]),
    "angle": ("<kim@example.org>", [KIM]),
    "name": ("Kim Lee <kim@example.org>", [Address("Kim Lee", "kim@example.org")]),
    "quoted_name": ('"Lee, Kim" <kim@example.org>', [Address("Lee, Kim", "kim@example.org")]),
    "quoted_quotes": ('"Kim \\"K\\" Lee" <kim@example.org>', [Address('Kim "K" Lee', "kim@example.org")]),
    "comment": ("kim@example.org (Kim Lee)", [Address("Kim Lee", "kim@example.org")]),
    "bare_comma_in_the_name": ("Lee, Kim <kim@example.org>", [Address("Lee, Kim", "kim@example.org")]),
    "bare_at_in_the_name": ("kim@example.org <kim@example.org>", [Address("kim@example.org", "kim@example.org")]),
    "other_address_in_the_name": ('"boss@acme.example" <kim@example.org>', [Address("boss@acme.example", "kim@example.org")]),
    "two": ("kim@example.org, Lee <lee@example.org>", [KIM, Address("Lee", "lee@example.org")]),
    "semicolons": ("kim@example.org; lee@example.org", [KIM, Address("", "lee@example.org")]),
    "empty_items": (", kim@example.org,, lee@example.org,", [KIM, Address("", "lee@example.org")]),
    "group": ("Team: kim@example.org, Lee <lee@example.org>;", [KIM, Address("Lee", "lee@example.org")]),
    "empty_group": ("undisclosed-recipients:;", []),
    "group_and_more": ("A: kim@example.org;, lee@example.org", [KIM, Address("", "lee@example.org")]),
    "daemon": ("MAILER-DAEMON (Mail Delivery System)", [Address("Mail Delivery System", "MAILER-DAEMON")]),
    "daemon_in_brackets": ("Mail Delivery System <MAILER-DAEMON>", [Address("Mail Delivery System", "MAILER-DAEMON")]),
    "trailing_dot": ("kim@example.org.", [KIM]),
    "no_brackets": ("Kim Lee kim@example.org", [Address("Kim Lee", "kim@example.org")]),
    "encoded_name": ("=?utf-8?Q?J=C3=BCrgen_M?= <kim@example.org>", [Address("Jürgen M", "kim@example.org")]),
    "encoded_name_in_quotes": ('"=?utf-8?Q?J=C3=BCrgen?=" <kim@example.org>', [Address("Jürgen", "kim@example.org")]),
    "encoded_comma": ("=?utf-8?Q?Lee=2C_Kim?= <kim@example.org>", [Address("Lee, Kim", "kim@example.org")]),
    "encoded_whole": ("=?utf-8?Q?Kim_=3Ckim=40example=2Eorg=3E?=", [Address("Kim", "kim@example.org")]),
    "no_space_before_the_bracket": ("=?utf-8?B?SsO8cmdlbg==?=<kim@example.org>", [Address("Jürgen", "kim@example.org")]),
    "unclosed_quote": ('"Kim <kim@example.org>', [Address("Kim", "kim@example.org")]),
    "unclosed_bracket": ("Kim <kim@example.org", [Address("Kim", "kim@example.org")]),
    "doubled_brackets": ("Kim <<kim@example.org>>", [Address("Kim", "kim@example.org")]),
    "spaces_in_brackets": ("Kim < kim@example.org >", [Address("Kim", "kim@example.org")]),
    "quoted_local_part": ('"kim lee"@example.org', [Address("", '"kim lee"@example.org')]),
    "route": ("<@a.example,@b.example:kim@example.org>", [KIM]),
    "literal": ("kim@[192.0.2.7]", [Address("", "kim@[192.0.2.7]")]),
    "ipv6_literal": ("Kim <kim@[IPv6:2001:db8::1]>", [Address("Kim", "kim@[IPv6:2001:db8::1]")]),
    "smtputf8": ("Jürgen <jürgen@exämple.example>", [Address("Jürgen", "jürgen@exämple.example")]),
    "idna": ("kim@xn--exmple-cua.example", [Address("", "kim@xn--exmple-cua.example")]),
    "null": ("<>", []),
    "empty": ("", []),
    "mailto": ("Kim <mailto:kim@example.org>", [Address("Kim", "kim@example.org")]),
    "link behind": ("Kim <kim@example.org<mailto:Kim@Example.org>>", [Address("Kim", "kim@example.org")]),
    "link to somebody else": ("Kim <kim@example.org<mailto:eve@x.example>>", [Address("Kim", "kim@example.org<mailto:eve@x.example")]),
    "folded": ("Kim\n <kim@example.org>,\n\tlee@example.org", [Address("Kim", "kim@example.org"), Address("", "lee@example.org")]),
    "nested_comment": ("kim@example.org (Kim (the one) Lee)", [Address("Kim (the one) Lee", "kim@example.org")]),
    "percent_and_plus": ("a+b%c=d@example.org", [Address("", "a+b%c=d@example.org")]),
    "dots": ("kim..lee.@example.org", [Address("", "kim..lee.@example.org")]),
    "single_quotes": ("'kim@example.org'", [KIM]),
    "slash_and_exclamation": ("/o=acme/ou=x/cn=kim@example.org", [Address("", "/o=acme/ou=x/cn=kim@example.org")]),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("field", ["To", "Cc", "Reply-To"])
def test_addresses(name: str, field: str) -> None:
    value, expected = FIELDS[name]
    read = message("Subject: x", f"{field}: {value}")

    assert list({"To": read.to, "Cc": read.cc, "Reply-To": read.reply_to}[field]) == expected


def test_raw_latin1_name() -> None:
    assert message("From: Jürgen <kim@example.org>".encode("latin-1")).from_ == Address("Jürgen", "kim@example.org")


def test_repeated_fields() -> None:
    """Repeated fields count as one list."""
    read = message("To: a@example.org", "To: b@example.org", "Cc: c@example.org", "CC: d@example.org")

    assert [address.address for address in (*read.to, *read.cc)] == [f"{name}@example.org" for name in "abcd"]


def test_first_from() -> None:
    """The first From address counts."""
    assert message("From: a@example.org, b@example.org", "From: c@example.org").from_ == Address("", "a@example.org")
    assert message("Subject: x").from_ is None


def at(hours: float, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone(timedelta(hours=hours)))


DATES = {
    "Tue, 03 Nov 2026 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 3 Nov 2026 10:20:30 -0500 (EST)": at(-5, 2026, 11, 3, 10, 20, 30),
    "3 Nov 2026 10:20 +0000": at(0, 2026, 11, 3, 10, 20),
    "Tue, 03 Nov 2026 10:20:30 GMT": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 EST": at(-5, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 CET": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 MESZ": at(2, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 UT": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 Z": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 -0000": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 26 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Fri, 03 Nov 95 10:20:30 +0100": at(1, 1995, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 126 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 GMT+0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 +01:00": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:30 +0530": at(5.5, 2026, 11, 3, 10, 20, 30),
    "Tue Nov  3 10:20:30 2026": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue Nov  3 10:20:30 2026 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue Nov 3 10:20:30 CET 2026": at(1, 2026, 11, 3, 10, 20, 30),
    "2026-11-03T10:20:30Z": at(0, 2026, 11, 3, 10, 20, 30),
    "2026-11-03T10:20:30.123+01:00": at(1, 2026, 11, 3, 10, 20, 30),
    "2026-11-03 10:20:30": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 3-Nov-2026 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tuesday, 3 November 2026 10:20:30 PM +0100": at(1, 2026, 11, 3, 22, 20, 30),
    "Tue,3 Nov 2026 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 9:20:30 +0100": at(1, 2026, 11, 3, 9, 20, 30),
    "Tue, 03 Nov 2026 10.20.30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Di, 03 Nov 2026 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 (comment) Nov 2026 10:20:30 +0100": at(1, 2026, 11, 3, 10, 20, 30),
    "Tue, 03 Nov 2026 10:20:60 +0100": at(1, 2026, 11, 3, 10, 21),
    "Thu, 01 Jan 1970 00:00:00 +0000": at(0, 1970, 1, 1),
    "Tue, 03 Nov 2026 10:20:30 +2500": at(0, 2026, 11, 3, 10, 20, 30),
    "Tue, 31 Feb 2026 10:20:30 +0100": None,
    "Tue, 03 Nov 2026 25:20:30 +0100": None,
    "Tue, 03 Foo 2026 10:20:30 +0100": None,
    "Tue, 03 Nov 99999 10:20:30 +0100": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize("value", DATES)
def test_date(value: str) -> None:
    assert message("From: kim@example.org", f"Date: {value}").date == DATES[value]


def test_zone() -> None:
    """A date keeps the time zone of the sender."""
    date = message("Date: Tue, 03 Nov 2026 10:20:30 -0330").date

    assert date is not None
    assert date.utcoffset() == timedelta(hours=-3, minutes=-30)


def test_ids() -> None:
    read = message(
        "Message-ID: < a@example.org >",
        "In-Reply-To: Your message of Tue <b@example.org>",
        "References: <c@example.org>\n <d@example.org><e@example.org> <c@example.org>",
    )

    assert (read.message_id, read.in_reply_to, read.references) == (
        "a@example.org",
        ("b@example.org",),
        ("c@example.org", "d@example.org", "e@example.org"),
    )


def test_ids_without_brackets() -> None:
    read = message("Message-ID: a@example.org", "References: b@example.org, c@example.org")

    assert (read.message_id, read.references) == ("a@example.org", ("b@example.org", "c@example.org"))


def test_all_headers() -> None:
    """All headers are kept, in order and decoded."""
    read = message("Received: one", "From: kim@example.org", "received: two", "X-Note: =?utf-8?Q?=C3=BC?=")

    assert read.headers == (("Received", "one"), ("From", "kim@example.org"), ("received", "two"), ("X-Note", "ü"))


SECTIONS = {
    "mailbox_file": b"From kim@example.org Tue Nov  3 10:00:00 2026\nFrom: kim@example.org\nSubject: Pay\n\nHi\n",
    "no_blank_line": b"From: kim@example.org\nSubject: Pay\nHi\n",
    "mailbox_line_above_fields_only": b"From kim@example.org x\nFrom x\nFrom: kim@example.org\nSubject: Pay\n\nHi\n",
    "spaces_for_the_blank_line": b"From: kim@example.org\nSubject: Pay\n  \nHi\n",
    "carriage_returns_only": b"From: kim@example.org\rSubject: Pay\r\rHi\r",
    "junk_between": b"From: kim@example.org\njunk without colon\nSubject: Pay\n\nHi\n",
    "doubled_carriage_returns": b"From: kim@example.org\r\r\nSubject: Pay\r\r\n\r\r\nHi\r\r\n",
}


def test_text_that_begins_with_from() -> None:
    """A line that begins with `From ` is the text, if it follows a field and no blank line."""
    assert parse_message(b"Subject: Pay\nFrom Kim to Jo\n").text == "From Kim to Jo\n"


@pytest.mark.parametrize("name", SECTIONS)
def test_broken_header_section(name: str) -> None:
    read = parse_message(SECTIONS[name])

    assert (read.subject, read.text and read.text.strip()) == ("Pay", "Hi")
