"""The policy: all rules in their order. The first rule that decides wins.

The decision trace has a row for each rule up to that one.
"""

from __future__ import annotations

from dataclasses import replace

from email_channels.cases.trace import RuleResult
from email_channels.intake.decision import Decision
from email_channels.intake.facts import Facts
from email_channels.intake.rules import (
    authentication,
    automatic_reply,
    automatic_sender,
    bounce,
    case_reference,
    channel_enabled,
    closed_case,
    employee,
    full_case,
    known_case,
    mail_loop,
    mailbox,
    new_case,
    rate_limit,
    readable,
    regarding,
    routing,
    sender_trust,
    server,
    show,
    size,
    spam,
    topic,
    virus,
)
from email_channels.intake.rulings import Rule

POLICY: tuple[tuple[str, Rule], ...] = (
    # A channel that is switched off accepts no email of any kind.
    ("channel_enabled", channel_enabled.rule),
    # Admins hear only once a day of what foreign servers deliver, whatever else is wrong with it.
    ("server", server.rule),
    # No further rule looks at an email that cannot be read, or is too large.
    ("readable", readable.rule),
    ("size", size.rule),
    # SES's scans come before anything can reach a case. The worst finding comes first, so that admins learn of it.
    ("virus", virus.rule),
    ("spam", spam.rule),
    ("authentication", authentication.rule),
    # Before mail_loop: a bounce returns an email of ours, and some servers copy its loop mark into the bounce.
    ("bounce", bounce.rule),
    # Before every rule that can make us send an email: that email would keep the loop going.
    ("mail_loop", mail_loop.rule),
    # Replies come before the rules about senders: everybody that an agent wrote to may reply.
    ("closed_case", closed_case.rule),
    ("full_case", full_case.rule),
    ("known_case", known_case.rule),
    # After known_case: an out-of-office note is logged on its case, if it has one.
    ("automatic_reply", automatic_reply.rule),
    # The ad hoc channel ends here, as it makes no cases.
    ("case_reference", case_reference.rule),
    # A new case: for which mailbox, from which sender, for which employee.
    ("mailbox", mailbox.rule),
    ("sender_trust", sender_trust.rule),
    # After sender_trust: trusted form systems also set Auto-Submitted.
    ("automatic_sender", automatic_sender.rule),
    ("employee", employee.rule),
    # The other values on the form lines. None of them prevents a case.
    ("topic", topic.rule),
    ("show", show.rule),
    ("regarding", regarding.rule),
    # The last rule that can reject, so that only emails that would make a case are counted.
    ("rate_limit", rate_limit.rule),
    ("routing", routing.rule),
    ("new_case", new_case.rule),
)


def decide(facts: Facts) -> Decision:
    """What becomes of an email. Pure: the same facts always give the same decision."""
    trace = []
    flags = []
    for name, rule in POLICY:
        # With receipt filters, SES refuses other servers, and the trace has nothing to say about them.
        if rule is server.rule and facts.settings.manage_receipt_filters:
            continue
        ruling = rule(facts)
        trace.append(RuleResult(name, ruling.verdict, ruling.detail, ruling.evidence))
        if ruling.flag is not None:
            flags.append(ruling.flag)
        if ruling.decision is not None:
            return replace(ruling.decision, flags=tuple(flags), trace=tuple(trace))
    raise AssertionError("the last rule of the policy decides")
