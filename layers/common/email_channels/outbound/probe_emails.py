"""The probe that goes to a mailbox, and the notices that tell the admins which mailboxes are silent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.addresses import domain_of
from email_channels.cases.probes.mark import PROBE_HEADER
from email_channels.cases.probes.probe import Probe
from email_channels.mail.message import Address
from email_channels.outbound.composing import compose
from email_channels.outbound.dates_in_words import time_in_words
from email_channels.outbound.notice_fields import notice

PROBE_SUBJECT = "Test of the redirect of this mailbox"
_PROBE_TEXT = (
    "This email tests whether the mailbox redirects its emails to Email Channels. It was sent automatically, and is "
    "removed when it comes back. You do not need to do anything. The parameter ProbeMinutes says how often such emails "
    "are sent.\n"
)
_WHAT_TO_DO = (
    "What to do: Check the redirect of the mailbox on your mail server. Then check whether the server delivers to "
    "Amazon SES: its queue, its log, its TLS settings, and whether AllowedIpRanges contains its address."
)


def probe_email(mailbox: str, *, from_: Address, mark: str) -> bytes:
    """The probe of a mailbox. Its mark is in References too, because some gateways remove unknown headers."""
    reference = f"{mark}@{domain_of(from_.address)}"
    email = replace(notice(from_, [mailbox], PROBE_SUBJECT, _PROBE_TEXT), references=(reference,))
    return f"{PROBE_HEADER}: {mark}\r\n".encode("ascii") + compose(email)


def silent_notice(probes: Sequence[Probe], *, from_: Address, to: Sequence[str]) -> bytes:
    """Tells the admins which mailboxes bring no probe back: since when, and what was seen last."""
    lines = [
        "These mailboxes do not redirect their emails to this system. Emails of employees may not arrive.",
        "",
        *(line for probe in probes for line in _about(probe)),
        _WHAT_TO_DO,
        "You will be told once when the mailbox works again.",
    ]
    return compose(notice(from_, to, f"No email comes back from {_names(probes)}", "\n".join(lines) + "\n"))


def back_notice(probes: Sequence[Probe], *, from_: Address, to: Sequence[str]) -> bytes:
    """Tells the admins which mailboxes bring probes back again."""
    lines = ["These mailboxes redirect their emails to this system again.", ""]
    lines += [
        f"- {probe.mailbox}: silent since {_time(probe.silent_since)}, back at {_time(probe.returned_at)}"
        for probe in probes
    ]
    return compose(notice(from_, to, f"Emails come back again from {_names(probes)}", "\n".join(lines) + "\n"))


def _about(probe: Probe) -> list[str]:
    last = f"The last test email came back at {_time(probe.returned_at)}."
    return [
        f"- {probe.mailbox}: silent since {_time(probe.waiting_since)}.",
        f"  {last if probe.returned_at else 'No test email has ever come back.'}",
        "",
    ]


def _names(probes: Sequence[Probe]) -> str:
    return probes[0].mailbox if len(probes) == 1 else f"{len(probes)} mailboxes"


def _time(at: datetime | None) -> str:
    return time_in_words(at) if at else "an unknown time"
