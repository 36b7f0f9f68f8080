"""Says in plain words how an email came in: its addresses, and what became of its signatures on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from email_channels.addresses import domain_of, without_tag
from email_channels.cases.channels import Channel
from email_channels.cases.trials.trial import EnvelopeReport
from email_channels.intake.facts import Facts
from email_channels.mail.ses_headers import Verdict


def envelope_report(facts: Facts, assumed: frozenset[str]) -> EnvelopeReport:
    """The report. `assumed` names the verdicts that SES has not given."""
    ses_headers = facts.arrival.ses_headers
    return EnvelopeReport(
        to=_written_to(facts),
        arrived_as=ses_headers.recipient,
        spf=ses_headers.spf.value,
        dkim=ses_headers.dkim.value,
        dmarc=ses_headers.dmarc.value,
        aligned=facts.authenticated,
        diagnosis=" ".join(_sentences(facts, assumed)),
    )


def _written_to(facts: Facts) -> str | None:
    """The address in To or Cc that is the mailbox; otherwise the first address in To."""
    message = facts.arrival.message
    ours = _mailbox_address(facts)
    named = [address.address for address in (*message.to, *message.cc) if address.address]
    return next((address for address in named if without_tag(address) == ours), named[0] if named else None)


def _mailbox_address(facts: Facts) -> str | None:
    reply_to = facts.settings.ad_hoc_reply_to
    if facts.arrival.channel is Channel.AD_HOC:
        return without_tag(reply_to) if reply_to else None
    return facts.mailbox.address if facts.mailbox else None


def _redirected(facts: Facts) -> bool:
    to, arrived_as = _written_to(facts), facts.arrival.ses_headers.recipient
    return to is not None and arrived_as is not None and without_tag(to) != without_tag(arrived_as)


def _sentences(facts: Facts, assumed: frozenset[str]) -> Iterator[str]:
    yield from _addresses(facts)
    if facts.arrival.message.from_ is None:
        yield "It has no From address that can be read, so nothing can prove who wrote it."
    else:
        yield from _signatures(facts)
    if assumed:
        yield f"SES has not given these verdicts, they are assumed: {', '.join(sorted(assumed))}."


def _addresses(facts: Facts) -> Iterator[str]:
    to, arrived_as, mailbox = _written_to(facts), facts.arrival.ses_headers.recipient, _mailbox_address(facts)
    if to is None:
        yield "It names nobody in To." if arrived_as is None else f"It names nobody in To, arrived as {arrived_as}."
    elif arrived_as is None:
        yield f"To is {to}. At which address it would arrive is not known."
    elif _redirected(facts):
        yield f"To is {to}, arrived as {arrived_as}."
    else:
        yield f"To is {to}, where it arrived: it was not redirected."
    if facts.arrival.channel is Channel.CASE_CREATION and mailbox is None:
        yield "No mailbox is configured for these addresses."
    elif mailbox is not None and to is not None and without_tag(to) not in {mailbox, without_tag(arrived_as or "")}:
        yield f"The mailbox {mailbox} is not named in To or Cc: it was in Bcc, or was forwarded."


def _signatures(facts: Facts) -> Iterator[str]:
    ses_headers, redirected, proven = facts.arrival.ses_headers, _redirected(facts), facts.authenticated
    from_ = facts.arrival.message.from_
    domain = domain_of(from_.address) if from_ else ""
    match ses_headers.dkim:
        case Verdict.PASS if proven:
            yield "DKIM survived the redirect." if redirected else "DKIM proves the From address."
        case Verdict.PASS if facts.arrival.authors > 1:
            yield "DKIM passed, but From names several authors, so it proves none of them."
        case Verdict.PASS if facts.arrival.changed_since_signed:
            yield "DKIM passed, but fields such as Subject or To are there twice, and it covers only one of each."
        case Verdict.PASS:
            signers = ", ".join(ses_headers.dkim_domains) or "another domain"
            yield f"DKIM passed, but the signature is that of {signers} and not of {domain}, so it proves nothing."
        case Verdict.FAIL:
            yield "DKIM failed: the email was changed after it was signed, or its signature is forged."
        case Verdict.GRAY:
            yield "The email has no DKIM signature, so nothing proves the From address."
        case _:
            yield "DKIM was not checked, so nothing proves the From address."
    match ses_headers.spf:
        case Verdict.PASS:
            yield "SPF passed for the server that delivered it."
        case Verdict.FAIL | Verdict.GRAY if redirected and proven:
            yield "SPF was broken by it."
        case Verdict.FAIL | Verdict.GRAY if redirected:
            yield "SPF did not pass, as after any redirect."
        case Verdict.FAIL | Verdict.GRAY:
            yield "SPF did not pass."
        case _:
            yield "SPF was not checked."
    if facts.authentication_failed:
        yield "The From address failed authentication and may be forged."
