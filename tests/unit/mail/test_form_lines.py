# ruff: noqa: E501  # the lines of emails are not wrapped
"""The form lines of system-generated emails, as real senders write them."""

from __future__ import annotations

import quopri

import pytest
from email_channels.mail.form_lines import FormLines, read_form_lines
from email_channels.mail.parsing import parse_message


def of_text(text: str, headers: str = "") -> FormLines:
    return read_form_lines(parse_message(f"From: forms@acme.example\n{headers}\n{text}".encode()))


def of_html(html: str) -> FormLines:
    return of_text(html, "Content-Type: text/html; charset=utf-8\n")


def values(found: FormLines) -> list[str | None] | None:
    return None if found.lines is None else [line.value for line in found.lines]


FOUR = ["543457", "Employee Relations", "Yes", "874112"]
TEXTS = {
    "all": ("[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue\n", FOUR, "My issue"),
    "blank_line_below": (
        "[543457]\n[Employee Relations]\n[Yes]\n[874112]\n\nMy issue\n\nRegards\n", FOUR, "My issue\n\nRegards"),
    "unused_lines": ("[543457]\n\n[Yes]\n\nMy issue\n", ["543457", None, "Yes", None], "My issue"),
    "crlf": ("[543457]\r\n[Employee Relations]\r\n[Yes]\r\n[874112]\r\nMy issue\r\n", FOUR, "My issue"),
    "byte_order_mark": ("\ufeff[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR, "My issue"),
    "leading_blank_lines": ("\n\n\n[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR, "My issue"),
    "full_width": ("［543457］\n［Employee Relations］\n［Yes］\n［874112］\nMy issue", FOUR, "My issue"),
    "full_width_labels": (
        "Line 1：[543457]\nLine 2： [Employee Relations]\nLine 3＝[Yes]\nLine 4：[874112]\nMy issue", FOUR, "My issue"),
    "bold": ("*[543457]*\n**[Employee Relations]**\n*[Yes]*\n_[874112]_\nMy issue", FOUR, "My issue"),
    "spaced_out": ("[543457]\n\n[Employee Relations]\n\n[Yes]\n\n[874112]\n\nMy issue", FOUR, "My issue"),
    "spaced_out_and_one_unused": ("[543457]\n\n[]\n\n[Yes]\n\n[874112]\nHi", ["543457", None, "Yes", "874112"], "Hi"),
    "quoted": ("> [543457]\n> [Payroll]\n> [Yes]\n> [874112]\n", None, "> [543457]\n> [Payroll]\n> [Yes]\n> [874112]\n"),
    "no_break_spaces": (
        "\xa0[543457]\xa0\n[Employee\xa0Relations]\n\u2007[Yes]\n[ 874112 ]\nMy issue", FOUR, "My issue"),
    "zero_width": ("\u200b[543457]\n[Employee Relations]\u200b\n[\u2060Yes]\n[874112]\nMy issue", FOUR, "My issue"),
    "labels": (
        "line 1=[543457]\nLine 2 = [Employee Relations]\nLINE3=[Yes]\nline\xa04: [874112]\nMy issue", FOUR, "My issue"),
    "labels_with_blanks_between": (
        "line 1=[543457]\n\nline 2=[Employee Relations]\n\nline 3=[Yes]\n\nline 4=[874112]\n\nMy issue", FOUR, "My issue"),
    "labels_without_values": ("line 1=[543457]\nline 2=\nline 3=[]\nline 4=\nHi", ["543457", None, None, None], "Hi"),
    "labels_missing": ("line 1=[543457]\nline 3=[Yes]\n\nHi", ["543457", None, "Yes", None], "Hi"),
    "shorter_than_four_lines": ("[543457]", ["543457", None, None, None], ""),
    "two_lines": ("[543457]\n[Payroll]\n", ["543457", "Payroll", None, None], ""),
    "empty_brackets": ("[543457]\n[]\n[ ]\n[874112]\nHi", ["543457", None, None, "874112"], "Hi"),
    "only_the_topic": ("\n[Payroll]\n\n\nMy issue", [None, "Payroll", None, None], "My issue"),
    "only_the_topic_and_nothing_else": ("\n[Payroll]\n", [None, "Payroll", None, None], ""),
    "topic_and_show": ("\n[Payroll]\n[No]\n\nHi", [None, "Payroll", "No", None], "Hi"),
    "only_show": ("\n\n[Yes]\n\nHi", [None, None, "Yes", None], "Hi"),
    "show_below_more_blank_lines": ("\n\n\n[543457]\n[Payroll]\n[Yes]\n\nHi", ["543457", "Payroll", "Yes", None], "Hi"),
    "only_regarding": ("\n\n\n[874112]\nHi", [None, None, None, "874112"], "Hi"),
    "one_leading_blank_line_and_an_id": ("\n[543457]\n\n\n\nHi", ["543457", None, None, None], "Hi"),
    "brackets_in_the_issue": ("[543457]\n\n\n\n[see below]\nHi", ["543457", None, None, None], "[see below]\nHi"),
    "text_only": ("My pay is wrong\n[543457]\n", None, "My pay is wrong\n[543457]\n"),
    "tag_and_text": ("[URGENT]\nMy pay is wrong\n", None, "[URGENT]\nMy pay is wrong\n"),
    "bracket_in_a_sentence": ("[543457] is my number\n", None, "[543457] is my number\n"),
    "only_empty_brackets": ("[]\n[]\n[]\n[]\nHi\n", None, "[]\n[]\n[]\n[]\nHi\n"),
    "text_among_them": ("[543457]\nhello\n[Yes]\n\nHi\n", None, "[543457]\nhello\n[Yes]\n\nHi\n"),
    "empty": ("", None, ""),
    "blank": ("\n\n\n", None, "\n\n\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_text(name: str) -> None:
    text, expected, issue = TEXTS[name]

    found = of_text(text, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n")

    assert values(found) == expected
    assert found.issue.rstrip("\n") == issue.rstrip("\n")


HTMLS = {
    "paragraphs": "<p>[543457]</p><p>[Employee Relations]</p><p>[Yes]</p><p>[874112]</p><p>My issue</p>",
    "divs": "<div>[543457]</div>\n<div>[Employee Relations]</div>\n<div>[Yes]</div><div>[874112]</div><div>My issue</div>",
    "breaks": "<html><body>[543457]<br>[Employee Relations]<br/>[Yes]<br />[874112]<br>My issue</body></html>",
    "breaks_and_line_ends": "[543457]<br>\n[Employee Relations]<br>\n[Yes]<br>\n[874112]<br>\nMy issue",
    "labels": "<p>line 1=[543457]</p><p>line 2=[Employee Relations]</p><p>line 3=[Yes]</p><p>line 4=[874112]</p>My issue",
    "no_break_spaces": "<p>&nbsp;[543457]&nbsp;</p><p>[Employee&nbsp;Relations]</p><p>[Yes]</p><p>[874112]</p>My issue",
    "spans": "<p><span>[</span><b>543457</b>]</p><p>[Employee\n Relations]</p><p>[Yes]</p><p>[874112]</p>My issue",
    "table": "<table><tr><td>[543457]</td></tr><tr><td>[Employee Relations]</td></tr><tr><td>[Yes]</td></tr>"
    "<tr><td>[874112]</td></tr></table><p>My issue</p>",
    "outlook": '<div class=WordSection1><p class=MsoNormal>[543457]<o:p></o:p></p><p class=MsoNormal>[Employee Relations]'
    "<o:p></o:p></p><p class=MsoNormal>[Yes]<o:p></o:p></p><p class=MsoNormal>[874112]</p><p class=MsoNormal>My issue</p></div>",
    "leading_breaks": "<br><br><div>[543457]</div><div>[Employee Relations]</div><div>[Yes]</div><div>[874112]</div>My issue",
    "preformatted": "<pre>[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue</pre>",
}  # fmt: skip


@pytest.mark.parametrize("name", HTMLS)
def test_html(name: str) -> None:
    found = of_html(HTMLS[name])

    assert (values(found), found.issue) == (FOUR, "My issue")


BLANKS = {
    "empty_paragraph": "<p>[543457]</p><p></p><p>[Yes]</p><p></p><p>My issue</p>",
    "no_break_space": "<p>[543457]</p><p>&nbsp;</p><p>[Yes]</p><p>&nbsp;</p><p>My issue</p>",
    "break_in_block": "<div>[543457]</div><div><br></div><div>[Yes]</div><div><br></div><div>My issue</div>",
    "breaks": "[543457]<br><br>[Yes]<br><br>My issue",
    "empty_div": "<div>[543457]</div><div></div><div>[Yes]</div><div></div><div>My issue</div>",
}


@pytest.mark.parametrize("name", BLANKS)
def test_blank_lines_of_html(name: str) -> None:
    found = of_html(BLANKS[name])

    assert (values(found), found.issue) == (["543457", None, "Yes", None], "My issue")


def test_soft_line_breaks() -> None:
    """Soft line breaks of quoted-printable do not end a form line."""
    text = quopri.encodestring(b"[543457]\n[" + b"Employee Relations " * 6 + b"]\n[Yes]\n\nHi\n").decode()

    found = of_text(text, "Content-Transfer-Encoding: quoted-printable\n")

    assert values(found) == ["543457", ("Employee Relations " * 6).strip(), "Yes", None]


def test_html_before_spaced_text() -> None:
    """The HTML is read if the text has blank lines between the form lines."""
    raw = (
        "From: forms@acme.example\nContent-Type: multipart/alternative; boundary=b\n\n"
        "--b\n\n[543457]\n\n[Employee Relations]\n\n[Yes]\n\n[874112]\n\nMy issue\n"
        f"--b\nContent-Type: text/html\n\n{HTMLS['outlook']}\n--b--\n"
    )

    found = read_form_lines(parse_message(raw.encode()))

    assert (values(found), found.issue) == (FOUR, "My issue")


def test_quoted_lines() -> None:
    """Form lines in a quote are ignored."""
    quoted = '<blockquote type="cite"><div>[543457]</div><div>[Payroll]</div><div>[Yes]</div></blockquote>'

    assert of_html(quoted).lines is None


BANNER = "CAUTION: External email. Do not click links unless you know the sender.\n"
BELOW_BANNERS = {
    "all": (f"{BANNER}\n[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR),
    "no_blank_line": (f"{BANNER}[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR),
    "labels": (f"{BANNER}\nline 1=[543457]\nline 3=[Yes]\nMy issue", ["543457", None, "Yes", None]),
    "tag_in_brackets": ("[EXTERNAL]\n[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR),
    "only_the_id": (f"{BANNER}\n[543457]\n\n\n\nMy issue", ["543457", None, None, None]),
    "only_the_topic": (f"{BANNER}\n\n[Payroll]\n\n\nMy issue", [None, "Payroll", None, None]),
    "only_show": (f"{BANNER}\n\n\n[Yes]\n\nMy issue", [None, None, "Yes", None]),
    "unused_lines": (f"{BANNER}\n[543457]\n\n[Yes]\n\nMy issue", ["543457", None, "Yes", None]),
    "a_warning_that_we_do_not_know": ("UWAGA!\n[543457]\n[Employee Relations]\n[Yes]\n[874112]\nMy issue", FOUR),
}  # fmt: skip


@pytest.mark.parametrize("name", BELOW_BANNERS)
def test_below_banner(name: str) -> None:
    """The four lines are found below a gateway's banner."""
    text, expected = BELOW_BANNERS[name]

    found = of_text(text, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n")

    assert (values(found), found.issue, found.below_banner, found.elsewhere) == (expected, "My issue", True, ())


@pytest.mark.parametrize("name", HTMLS)
def test_html_below_banner(name: str) -> None:
    """A banner in HTML may be a table, a paragraph or a block."""
    for banner in (
        f"<table><tr><td>{BANNER}</td></tr></table>",
        f"<p><b>{BANNER}</b></p><br>",
        f"<div>{BANNER}</div><hr>",
    ):
        found = of_html(banner + HTMLS[name])

        assert (values(found), found.issue, found.below_banner) == (FOUR, "My issue", True)


def test_quote_below_banner() -> None:
    """Form lines in a quote are ignored below a banner, too."""
    quoted = '<blockquote type="cite"><div>[543457]</div><div>[Payroll]</div><div>[Yes]</div></blockquote>'

    assert of_html(f"<p>{BANNER}</p>{quoted}").lines is None
    assert of_text(f"{BANNER}\n> [543457]\n> [Payroll]\n> [Yes]\n> [874112]\n").lines is None


ELSEWHERE = {
    "below_a_greeting": ("Dear HR,\n\n[543457]\n[Payroll]\n[Yes]\n", ["[543457]", "[Payroll]", "[Yes]"]),
    "below_a_signature": ("Hello\n\nAnn\n-- \n[Payroll]\n\n[No]\n", ["[Payroll]", "[No]"]),
    "text_among_them": ("[543457]\nhello\n[Yes]\n\nHi\n", ["[543457]", "[Yes]"]),
    "only_an_id": ("Hello\n[543457]\n", ["[543457]"]),
    "only_a_label": ("Hello\nline 2 = [Payroll]\n", ["line 2 = [Payroll]"]),
    "many": ("Hello\n" + "[A 1]\n" * 20, ["[A 1]"] * 8),
    # Not values
    "in_a_quote": ("Hello\n> [543457]\n> [Payroll]\n", []),
    "in_a_sentence": ("My number is [543457].\n", []),
    "pictures": ("Hello\n[image: logo]\n[cid:image001.png@01D9.0A]\n[image.png]\n", []),
    "notes": ("See\n[1]\n[2]\n[12]\n", []),
    "links": ("Hello\n[https://acme.example/543457]\n[http://acme.example]\n", []),
    "cut": ("Hello\n[...]\n[snip]\n", []),
    "one_word": ("Hello\n[Payroll]\n", []),
    "far_apart": ("Hello\n[Payroll]\n\n\n\n\n[Yes]\n", []),
    "tag_of_a_person": ("[URGENT]\nMy pay is wrong\n", []),
    "where_they_are_read": ("[543457]\n[Payroll]\n[Yes]\n\n[see 1234]\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_elsewhere(name: str) -> None:
    """Values that stand where they are not read are found. Other brackets are not values."""
    text, expected = ELSEWHERE[name]

    assert list(of_text(text).elsewhere) == expected


@pytest.mark.parametrize(
    ("blank", "value", "expected"),
    [
        (0, "Yes", ["Yes", None, None, None]),
        (1, "Yes", [None, "Yes", None, None]),
        (2, "Yes", [None, None, "Yes", None]),
        (2, "Yes, please", [None, None, "Yes, please", None]),
        (3, "Yes", [None, None, "Yes", None]),
        (4, "Yes", [None, None, "Yes", None]),
        (3, "Payroll", [None, None, None, "Payroll"]),
        (4, "Payroll", [None, "Payroll", None, None]),
        (2, "543457", ["543457", None, None, None]),
    ],
)
def test_one_value_behind_blank_lines(blank: int, value: str, expected: list[str | None]) -> None:
    """Which line a single value is on depends on the blank lines above it, and on what it looks like."""
    assert values(of_text("\n" * blank + f"[{value}]\n\n\n\nHi\n")) == expected
