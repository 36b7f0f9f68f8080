"""Addresses and names of mail servers, which are signals of a bounce."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import Kind

from tests.support.bounce_parts import BOTH, CODE, NOTE, UNDELIVERABLE, read


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org", Kind.BOUNCE),
        ("microsoftexchange@example.org", Kind.NORMAL),
        ("mailerdaemon@example.org", Kind.BOUNCE),
        ("mailer.daemon@example.org", Kind.BOUNCE),
        ("daemon@example.org", Kind.NORMAL),
    ],
)
def test_nobody(sender: str, kind: Kind) -> None:
    """Mailboxes that belong to no person, in any language."""
    assert read(f"From: {sender}", NOTE, text="Hello").kind is kind


@pytest.mark.parametrize(
    "sender",
    [
        "mail-daemon", "mailsystem", "mail.server", "mail_gateway", "mta", "bounce", "bounces", "bounce+kim=example",
        "list-bounces", "mdaemon", "mmdf", "pmdf", "smtp", "post_master", "postmaster", "system.administrator",
        "exchange-system", "mail-delivery", "maildeliverysystem", "mmsprocess", "rootmailer",
    ],
)  # fmt: skip
def test_system_address(sender: str) -> None:
    """Addresses of mail servers: with a null sender each is a bounce, and with letters before or behind none is."""
    assert read(f"From: {sender}@example.org", NOTE, text="Hello", envelope="").kind is Kind.BOUNCE
    assert read(f"From: x{sender}x@example.org", NOTE, text="Hello", envelope="").kind is Kind.NORMAL


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Mail Delivery System", Kind.BOUNCE),
        ("Mailer Daemon", Kind.BOUNCE),
        ("MICROSOFT EXCHANGE", Kind.BOUNCE),
        ("Internet Mail Gateway", Kind.BOUNCE),
        ("Mail Router", Kind.BOUNCE),
        ("Memo Service", Kind.BOUNCE),
        ("SMTP Gateway", Kind.BOUNCE),
        ("Mail Delivery Agent", Kind.BOUNCE),
        ("Undeliverable", Kind.BOUNCE),
        ("Mail Team", Kind.NORMAL),
        ("Exchange", Kind.NORMAL),
        ("Systemadministrator", Kind.NORMAL),
    ],
)
def test_system_name(name: str, kind: Kind) -> None:
    """Display names of mail servers, with a sentence and a code."""
    assert read(f"From: {name} <a@example.org>", NOTE, text=BOTH).kind is kind


@pytest.mark.parametrize(
    "name",
    [
        "System Administrator", "Administrateur système", "Amministratore di sistema", "Administrador del sistema",
        "Systembeheerder", "Системный администратор", "システム管理者", "Microsoft Outlook", "Mail System",
        "Mail Agent",
    ],
)  # fmt: skip
def test_administrator(name: str) -> None:
    """Names that people have, too: a bounce's subject and a code must be there."""
    assert read(f"From: {name} <a@example.org>", UNDELIVERABLE, text=CODE).kind is Kind.BOUNCE
    assert read(f"From: {name} <a@example.org>", UNDELIVERABLE, text="Hello").kind is Kind.NORMAL
