# ruff: noqa: E501  # the lines of emails are not wrapped
"""Texts that nearly look like an attribution, a header block, a wrapped quote or a signature: each sign is almost there.

The sender's words stay visible.
"""

from __future__ import annotations

import pytest
from email_channels.mail.replies import visible_reply

# name -> text, its visible part; None: all of it
NEAR_MISSES: dict[str, tuple[str, str | None]] = {
    "date_and_address_in_prose": ('I spoke to Ann. On Nov 3, 2026 I will send it to ann@example.com:\n\n- the form\n- the letter\n\nJoe\n', None),
    "quote_in_prose": ('You are right. On 3 November 2026 Ann wrote: please come on Friday. I could not, I was ill.\n\nJoe\n', None),
    "quote_in_prose_with_address": ('Hello,\nOn Nov 3, 2026 Ann Lee <ann@example.com> wrote: please send it. I did that the same day.\nJoe\n', None),
    "ends_with_wrote": ('I sent it on 3 November 2026 to ann@example.com, as Ann wrote\n\nPlease check.\nJoe\n', None),
    "ends_with_wrote_no_date": ('This is what Ann Lee <ann@example.com> wrote\n\nPlease check.\nJoe\n', None),
    "shift_form": ('Please change my shift.\n\nFrom: Kim\nDate: 3 November 2026\nTo: Lee\n\nThanks\n', None),
    "parcel_form": ('Please book a trip.\n\nFrom: London\nTo: Paris\nDate: Tuesday, 3 November 2026\n\nThanks\n', None),
    "form_one_line": ('Please book: From: Leeds To: York Date: 3/11/2026 10:00\n\nThanks\n', None),
    "answer_below_long_quote": ('On 3/11/2026 10:00, Ann Lee wrote:\n> Which form do you need for the tax office, the one of last year or this one?\nthe blue one please\n', None),
    "answer_between_long_quotes": ('On 3/11/2026 10:00, Ann Lee wrote:\n> Which form do you need for the tax office, the one of last year or this one?\nthe blue one please\n> By when?\nFriday\n', None),
    "answer_capital_below_quote": ('On 3/11/2026 10:00, Ann Lee wrote:\n> please tell us which form of the tax office you need, the blue one or the red\nThe blue one.\n', None),
    "title_before_address": ('Thanks!\n\nDr. Ann Lee <ann@example.com> wrote:\n\n> Hello\n', 'Thanks!'),
    "prof_title": ('Danke!\n\nProf. Dr. Anna Müller <anna@example.de> schrieb am 03.11.2026 10:00:\n\n> Hallo\n', 'Danke!'),
    "signature_address_block": ('Yes.\n\n-- \nJoe Doe\nACME Ltd\n\n1 High Street\nLeeds\n\nPlease consider the environment before printing this email.\n', 'Yes.'),
    "signature_motto": ('Yes.\n\n-- \nJoe Doe\n\n"I have a dream."\n', 'Yes.'),
    "signature_disclaimer": ('Yes.\n\n-- \nJoe Doe\n\nThis email is confidential. If you are not the intended recipient, I ask you to delete it.\n', 'Yes.'),
    "iphone_then_name": ('Yes.\n\nSent from my iPhone\nJoe Doe\n', 'Yes.'),
    "iphone_then_outlook": ('Yes.\n\nSent from my iPhone\nGet Outlook for iOS\n', 'Yes.'),
    "rule_in_text": ('Part one.\n----------------\nPart two.\n----------------\nOn Friday we meet.\n', None),
    "two_sentences_with_time": ('We meet at ten. Tue, 3 Nov 2026 at 10:00 in room 5, please tell ann@example.com about it.\n\nJoe\n', None),
    "bare_message_du": ('Message du service : tout va bien.\n\nAnne\n', None),
    "blank_lines_between_dates": ('On 3/11/2026 at 10:00\n\nwe met Ann Lee <ann@example.com>\n\nand wrote the form.\n', None),
    "own_words_above_torn": ('See you on 3/11/2026 10:00\n\nAnn Lee <ann@example.com> wrote:\n\n> Hi\n', 'See you on 3/11/2026 10:00'),
    "ill_then_attribution": ('On 3/11/2026 I was ill\n\nAnn Lee <ann@example.com> wrote:\n\n> Hi\n', 'On 3/11/2026 I was ill'),
    "list_of_dates": ('Dates: On Nov 3, 2026 the form is due. On Nov 9, 2026 Ann wrote to us.\n', None),
    "labels_in_prose": ('Please note: To: is the field on page 1. From: is on page 2. Subject: see above.\n', None),
    "leave_below_other_fields": ('Please approve.\n\nFrom: Monday 9 November\nTo: Tuesday 10 November\nSubject: moving\n\nJoe\n\nFrom: Ann Lee <ann@example.com>\nSent: Tuesday, 3 November 2026 10:00\nTo: Joe\nSubject: Leave\n\nWhen?\n', 'Please approve.\n\nFrom: Monday 9 November\nTo: Tuesday 10 November\nSubject: moving\n\nJoe'),
    "one_day_is_no_leave": ('Thanks\n\nFrom: Station 3\nSent: Tuesday, 3 November 2026 10:00\nTo: Joe Doe\nSubject: Leave\n\nWhen?\n', 'Thanks'),
    "wrote_without_a_year": ('On 28 October at 16:40 my manager wrote:\nmy last day is 30 November. Is that right?\n\nJoe\n', None),
    "wrote_without_a_year_above_a_gap": ('Thanks\n\nOn 28 October at 16:40 Ann Lee wrote:\n\nIs that right?\n', 'Thanks'),
    "table_of_signs": ('|-----+------>\n| a | b |\n|-----+------>\nJoe\n', None),
    "journey_with_a_slash": ('Costs:\n\nFrom: Leeds/Bradford\nTo: York\nSubject: training\n\nJoe\n', None),
    "headers_with_a_directory": ('Thanks\n\nFrom: Ann Lee/HR/ACME\nTo: Joe\nSubject: training\n\nHi\n', 'Thanks'),
    "headers_of_an_answer": ('Thanks\n\nFrom: Ann Lee\nDate: 3 November 2026\nSubject: Re: training\n\nHi\n', 'Thanks'),
    "headers_with_a_weekday": ('Thanks\n\nFrom: Ann Lee\nDate: Tuesday, 3 November 2026\nSubject: training\n\nHi\n', 'Thanks'),
    "short_word_above_a_date": ("Fine. 3 Nov 2026, 10:00 +0100, Ann Lee <ann@example.com> wrote:\n\n> Fine?\n", "Fine."),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_miss(name: str) -> None:
    """The sign is not complete, so nothing that the sender wrote is quoted."""
    text, visible = NEAR_MISSES[name]

    reply = visible_reply(text)

    assert reply.visible == (text if visible is None else visible)
    assert reply.visible + reply.quoted == text


TOLD = [
    "On 3 March 2026 your agent wrote:",
    "Am 03.03.2026 schrieb mir Ihre Kollegin:",
    "Le 3 mars 2026 votre collègue m'a écrit :",
    "El 3 de marzo de 2026 su agente escribió:",
    "Il 3 marzo 2026 il vostro agente ha scritto:",
    "3 марта 2026 ваш сотрудник написал:",
]


@pytest.mark.parametrize("told", TOLD)
def test_told(told: str) -> None:
    """Whoever tells what another wrote, with a date alone and no gap below it, has written all of it."""
    text = f"Good morning,\n\n{told}\nwe will refund you by Friday.\nNothing has come. When will it?\n\nLex"
    assert visible_reply(text).visible.strip() == text
    # With a time, an address, a gap or a quote, it is an attribution.
    quoted = f"Good morning,\n\n{told}\n> we will refund you by Friday.\n"
    assert visible_reply(quoted).visible.strip() == "Good morning,"
