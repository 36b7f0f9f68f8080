"""The header block of SES for an email that SES has not received, and assumed verdicts.

An `.eml` from a mail program has no block of SES. With a block on top, it is read like an original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from email_channels.addresses import domain_of
from email_channels.expressions import expression
from email_channels.intake.arrival import Arrival
from email_channels.mail.message import InboundMessage
from email_channels.mail.ses_headers import SesHeaders, Verdict

VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_ADDRESS = expression(r"[^\s<>\x00-\x20\x7f]{1,320}")


def with_block(sent: bytes, envelope_sender: str | None, recipient: str | None, received_at: datetime) -> bytes:
    """The message as an original, with a block of SES on top that has no verdicts. An address that no block can hold
    is left out."""
    lines = []
    if envelope_sender is not None and (not envelope_sender or _ADDRESS.fullmatch(envelope_sender)):
        lines.append(f"Return-Path: <{envelope_sender}>")
    lines += ["Received: from unknown", " by email-channels with a try"]
    if recipient is not None and _ADDRESS.fullmatch(recipient):
        lines.append(f" for {recipient};")
    lines += [f" {format_datetime(received_at.astimezone(UTC))} (UTC)", "X-SES-RECEIPT: try"]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + sent


def sender_of(message: InboundMessage) -> str:
    """The envelope sender that an email without a block most likely had: its own Return-Path, else From."""
    written = message.header("return-path")
    if written is not None:
        return written.strip().removeprefix("<").removesuffix(">").strip()
    return message.from_.address if message.from_ else ""


def with_verdicts(arrival: Arrival, found: SesHeaders | None, assumed: Mapping[str, Verdict]) -> Arrival:
    """The email with the verdicts that SES found (None: SES has not seen it, so they count as PASS), and over them the
    assumed ones. An assumed pass of DKIM is that of an aligned signature; an assumed other result, that of none."""
    domain = domain_of(arrival.message.from_.address) if arrival.message.from_ else ""
    changes: dict[str, Any] = {name: getattr(found, name) if found else Verdict.PASS for name in VERDICTS}
    changes["dkim_domains"] = found.dkim_domains if found else (domain,)
    changes["dmarc_domain"] = found.dmarc_domain if found else (domain or None)
    changes |= assumed
    if "dkim" in assumed:
        changes["dkim_domains"] = (domain,) if assumed["dkim"] is Verdict.PASS else ()
        if assumed["dkim"] is Verdict.PASS and changes["dmarc_domain"] != domain:
            changes["dmarc_domain"] = domain or None
    return replace(arrival, ses_headers=replace(arrival.ses_headers, **changes))
