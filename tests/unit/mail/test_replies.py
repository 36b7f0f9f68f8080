# ruff: noqa: E501  # the lines of emails are not wrapped
"""The visible part of a reply and the quoted part; test_replies_attributions.py has the attributions."""

from __future__ import annotations

import pytest
from email_channels.mail.replies import Reply, visible_reply
from hypothesis import given, settings
from hypothesis import strategies as st

QUOTE = "On Tue, Nov 3, 2026 at 10:00 AM Ann <ann@example.com> wrote:\n\n> Please send the form.\n> Ann\n"

# name -> text, its visible part
CASES = {
    "empty": ("", ""),
    "nothing_quoted": ("Hello\n\nworld\n", "Hello\n\nworld\n"),
    "gmail": (f"Yes.\n\n{QUOTE}", "Yes."),
    "quote_without_attribution": ("Yes.\n\n> Please send it.\n> Ann\n", "Yes."),
    "two_levels": (f"Yes.\n\n{QUOTE}>> older\n>> oldest\n", "Yes."),
    "answers_between_quotes_are_kept": (
        "On Tue, Nov 3, 2026, Ann wrote:\n> Which form?\n\nThe blue one.\n\n> By when?\n\nFriday.\n\n> Thanks,\n> Ann\n",
        "On Tue, Nov 3, 2026, Ann wrote:\n> Which form?\n\nThe blue one.\n\n> By when?\n\nFriday.",
    ),
    "answer_below_the_quote_is_kept": (
        "On Tue, Nov 3, 2026, Ann wrote:\n> Which form?\n\nThe blue one.\n",
        "On Tue, Nov 3, 2026, Ann wrote:\n> Which form?\n\nThe blue one.\n",
    ),
    "wrapped_quote_is_no_answer": (
        "Yes.\n\nAnn wrote on 3/11/2026:\n> This is a long line that was wrapped by a program which did not put\na mark\n> on the next.\n",
        "Yes.",
    ),
    "signature": ("Hello\n\n-- \nJoe\nACME\n", "Hello"),
    "signature_without_space": ("Hello\n\n--\nJoe\n", "Hello"),
    "signature_above_the_quote": (f"Hello\n\n-- \nJoe\n\n{QUOTE}", "Hello"),
    "signature_below_the_quote": (f"Hello\n\n{QUOTE}\n-- \nJoe\n", "Hello"),
    "dashes_in_the_text_are_no_signature": (
        "one\n--\n" + "line\n" * 40,
        "one\n--\n" + "line\n" * 40,
    ),
    "iphone": ("Hello\n\nSent from my iPhone\n", "Hello"),
    "iphone_above_the_quote": (f"Hello\n\nSent from my iPhone\n\n{QUOTE}", "Hello"),
    "iphone_de": ("Hallo\n\nVon meinem iPhone gesendet\n", "Hallo"),
    "iphone_hu": ("Hívjanak\n\niPhone-omról küldve\n", "Hívjanak"),
    "iphone_fr": ("Bonjour\n\nEnvoyé de mon iPhone\n", "Bonjour"),
    "outlook_ios": ("Hello\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Ann\nSent: Tuesday, November 3, 2026\nTo: Joe\nSubject: Pay\n\nHi\n", "Hello"),
    "sentence_that_begins_like_one": ("Sent from my office to yours was the parcel that you are looking for, as I told you on the phone last week already.\nJoe\n", "Sent from my office to yours was the parcel that you are looking for, as I told you on the phone last week already.\nJoe\n"),
    "disclaimer_is_kept": ("Hello\n\nThis email is confidential.\n", "Hello\n\nThis email is confidential.\n"),
    "disclaimer_below_the_quote_goes_with_it_only_if_quoted": (f"Hello\n\n{QUOTE}>\n> This email is confidential.\n", "Hello"),
    "list_footer": (
        f"Hello\n\n{QUOTE}\n_______________________________________________\nPay mailing list\npay@lists.example.com\nhttps://lists.example.com/listinfo/pay\n",
        "Hello",
    ),
    "pure_forward_is_shown": (
        "---------- Forwarded message ---------\nFrom: Ann <ann@example.com>\nDate: Tue, 3 Nov 2026\nSubject: Pay\nTo: joe@example.com\n\nMy pay is wrong.\n",
        "---------- Forwarded message ---------\nFrom: Ann <ann@example.com>\nDate: Tue, 3 Nov 2026\nSubject: Pay\nTo: joe@example.com\n\nMy pay is wrong.\n",
    ),
    "only_a_quote_is_shown": (f"\n\n{QUOTE}", f"\n\n{QUOTE}"),
    "wrote_in_a_sentence": ("As Ann wrote: send it by Friday.\nI did.\n", "As Ann wrote: send it by Friday.\nI did.\n"),
    "dated_list_in_the_text": (
        "The meetings are:\n3/11/2026 10:00: kick-off\n4/11/2026 11:00: review\n\nJoe\n",
        "The meetings are:\n3/11/2026 10:00: kick-off\n4/11/2026 11:00: review\n\nJoe\n",
    ),
    "labels_in_the_text_are_no_headers": (
        "Please change my address.\nFrom: Old Street 1\nTo: New Street 2\nThanks\n",
        "Please change my address.\nFrom: Old Street 1\nTo: New Street 2\nThanks\n",
    ),
    "form_with_dates_is_no_header_block": (
        "Please book:\nTo: 16/01/2026 10:00\nDate: 16/01/2026 10:00\nFrom: 12/01/2026\nSubject: a room\n",
        "Please book:\nTo: 16/01/2026 10:00\nDate: 16/01/2026 10:00\nFrom: 12/01/2026\nSubject: a room\n",
    ),
    "crlf": ("Yes.\r\n\r\nOn Tue, Nov 3, 2026 at 10:00 AM Ann <ann@example.com> wrote:\r\n\r\n> Please.\r\n", "Yes."),
    "attribution_on_three_lines": (
        "Yes.\n\nOn Tuesday, the 3rd of November 2026 at 10:00 AM, Ann Lee of the\nvery long department <\nann@example.com> wrote:\n\n> Please.\n",
        "Yes.",
    ),
    "answer_directly_above_the_attribution": (
        "Fine.\nI agree with all of what you say about the form that was sent to me on Monday.\nOn Tuesday, November 3, 2026, 10:00:00 AM GMT+1, Ann <ann@example.com> wrote:\n\nHi\n",
        "Fine.\nI agree with all of what you say about the form that was sent to me on Monday.",
    ),
    "verb_on_a_line_of_its_own": (
        "Yes!\n\nOn Tue, Nov 3, 2026 at 10:00 AM, Ann Lee <ann@example.com>\nwrote:\n\n> x\n", "Yes!"),
    "name_below_the_quote_is_shown": (
        "On Tue, Nov 3, 2026 at 10:00 AM, Ann <ann@example.com>\nwrote:\n\n> x\n\nJoe\n",
        "On Tue, Nov 3, 2026 at 10:00 AM, Ann <ann@example.com>\nwrote:\n\n> x\n\nJoe\n",
    ),
    "cut_here": ("Fixed it.\n\n##- Please type your reply above this line -##\n\nTicket 5\n", "Fixed it."),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_visible(name: str) -> None:
    """The visible part of a text; nothing is lost."""
    text, visible = CASES[name]

    reply = visible_reply(text)

    assert reply.visible == visible
    assert reply.visible + reply.quoted == text


def test_wrapped_attribution() -> None:
    """An attribution may be wrapped, and blank lines may stand before the quote."""
    text = "Ja.\n\nAm 3. November 2026 um 10:00 schrieb Ann Lee\n<ann@example.com>:\n\n\n> Bitte.\n"

    assert visible_reply(text) == Reply("Ja.", text[3:])


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["Hello", "", "> quoted", ">> older", "On 3/11/2026 Ann wrote:", "-- ", "Sent from my iPhone", "From: Ann", "Sent: now", "Subject: Pay", "To: Joe", "____________", "\r", "Am 1.1.2026 schrieb Ann:", "-----Original Message-----", "Ann wrote:", "AL> older", "| bar", "Ann---01/05/2026 03:04 PM---Hi", ">>>>> Ann writes:", "> Message du 05/01/26", "---", "To", "Subject", "5.1.2026", "\u200bOn 3/11/2026, 10:00 Ann"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_nothing_is_lost(lines: list[str]) -> None:
    """Both halves together are the text, whatever lines the text has."""
    text = "\n".join(lines)

    reply = visible_reply(text)

    assert reply.visible + reply.quoted == text


@pytest.mark.parametrize(
    "line", ["kim.lee.{}@acme.example:", "<kim.lee.{}@acme.example>", "On 5 Jan 2026 kim{}@acme.example"]
)
def test_many_lines_like_attributions(line: str) -> None:
    """Many lines like attributions take limited time; then the whole text is shown."""
    text = "".join(line.format(f"{n:06}") + "\n" for n in range(10_000))
    assert visible_reply(text) == Reply(text, "")
