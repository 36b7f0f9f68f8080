"""Addresses of mailboxes that nobody reads: no automatic email goes to them."""

from __future__ import annotations

import pytest
from email_channels.outbound.automatic_recipients import may_get_automatic_email
from email_channels.outbound.unread_mailboxes import MACHINES, NO_REPLY, is_unread

PHRASES = [(language, phrase) for language, phrases in NO_REPLY.items() for phrase in phrases]


@pytest.mark.parametrize(("language", "phrase"), PHRASES, ids=[phrase for _, phrase in PHRASES])
def test_no_reply(language: str, phrase: str) -> None:
    """Each phrase, however its words are joined, and with more before and after it."""
    for separator in ("", "-", "_", ".", "--", "__", "-_"):
        local = phrase.replace(" ", separator)
        for written in (
            local,
            local.upper(),
            local.title(),
            f"{local}2",
            f"{local}+7k3f",
            f"hr-{local}",
            f"{local}.uk",
        ):
            assert is_unread(f"{written}@acme.example"), (language, written)


@pytest.mark.parametrize("phrase", MACHINES)
def test_machines(phrase: str) -> None:
    """Mail servers and programs that manage lists."""
    for separator in ("", "-", "_"):
        assert is_unread(phrase.replace(" ", separator).upper() + "@acme.example")


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@acme.example",
        "no--reply@acme.example",
        "no_reply@acme.example",
        "No.Reply@acme.example",
        "noreply2@acme.example",
        "noreply-hr@acme.example",
        "noreplyhr@acme.example",
        "hrnoreply@acme.example",
        "payroll+noreply@acme.example",
        "do_notreply@acme.example",
        "dont-reply@acme.example",
        "nao-responder@acme.example",
        "não.responda@acme.example",
        "NAORESPONDA@acme.example",
        "nepasrepondre@acme.example",
        "ne-pas-répondre@acme.example",
        "nie_odpowiadać@acme.example",
        "keine.rueckantwort@acme.example",
        "list-bounces@lists.acme.example",
        "list-bounces+bob=elsewhere.example@lists.acme.example",
        "bounces+4711-bob=elsewhere.example@mail.acme.example",
        "bounce-17_HTML-4711@mail.acme.example",
        "bounce@acme.example",
        "news-bob=elsewhere.example@lists.acme.example",
        "SRS0=HHH=TT=elsewhere.example=bob@relay.acme.example",
        "prvs=4711=bob@acme.example",
        "msprvs1=17d=bounces-4711@acme.example",
        "owner-staff@lists.acme.example",
        "staff-owner@lists.acme.example",
        "staff-request@lists.acme.example",
        "0000012-dmarc-request@listserv.acme.example",
        "LISTSERV@acme.example",
        "listserv2@acme.example",
        "majordomo@acme.example",
        "mailman@acme.example",
        "MAILER-DAEMON@acme.example",
        "mailer@acme.example",
        "postmaster@acme.example",
        "nobody@acme.example",
        "payroll@noreply.acme.example",
        "zoe@users.no-reply.acme.example",
        "0102018@bounces.acme.example",
    ],
)
def test_unread(address: str) -> None:
    """No automatic email goes to this address."""
    assert is_unread(address)
    assert not may_get_automatic_email(address, frozenset())


@pytest.mark.parametrize(
    "address",
    [
        "zoe.hartmann@acme.example",
        "norbert.reply@acme.example",
        "bruno.reply@acme.example",
        "nora.eply@acme.example",
        "no@acme.example",
        "reply@acme.example",
        "anna.no@acme.example",
        "auto@acme.example",
        "otto.response@acme.example",
        "piano-replies@acme.example",
        "svar@acme.example",
        "nie.kowalska@acme.example",
        "request@acme.example",
        "requests@acme.example",
        "leave.request@acme.example",
        "homeowner@acme.example",
        "owner@acme.example",
        "jim.bounce@acme.example",
        "bouncer@acme.example",
        "trebounces@acme.example",
        "j.mailman@acme.example",
        "mailer.jones@acme.example",
        "max.post-general@acme.example",
        "notify@acme.example",
        "answer@acme.example",
        "a=b@acme.example",
        "zoe@reply.example",
        "zoe@bounce.example",
        "zoe@noreply.example",
        "zoe@answers.acme.example",
        "zoe+no@acme.example",
        "ümit.yanit@acme.example",
        "noemaillard@acme.example",
        "brunoemail@acme.example",
    ],
)
def test_read(address: str) -> None:
    """Addresses of people and departments that look similar."""
    assert not is_unread(address)
