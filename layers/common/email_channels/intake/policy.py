"""THE policy: the rules in their order. The first that decides ends the matter; all that looked are in the trace."""

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
    known_case,
    mail_loop,
    mailbox,
    new_case,
    rate_limit,
    readable,
    regarding,
    routing,
    sender_trust,
    show,
    size,
    spam,
    topic,
    virus,
)
from email_channels.intake.rulings import Rule

POLICY: tuple[tuple[str, Rule], ...] = (
    # A channel that is off takes nothing, whatever it is.
    ("channel_enabled", channel_enabled.rule),
    # What cannot be read, or is too much, is not looked into any further.
    ("readable", readable.rule),
    ("size", size.rule),
    # SES's scan, before anything can reach a case; the worst first, so that admins are warned of it.
    ("virus", virus.rule),
    ("spam", spam.rule),
    ("authentication", authentication.rule),
    # Before loops: a bounce returns an email of ours, and some servers copy its marks.
    ("bounce", bounce.rule),
    # Before anything that leads to an email of ours, which would keep the loop going.
    ("mail_loop", mail_loop.rule),
    # Answers, before it is asked who wrote them: they may come from anybody whom an agent wrote to.
    ("closed_case", closed_case.rule),
    ("known_case", known_case.rule),
    # After the cases: an out-of-office note is logged on its case, if it has one.
    ("automatic_reply", automatic_reply.rule),
    # The ad hoc channel ends here: it makes no cases.
    ("case_reference", case_reference.rule),
    # A new case: whose mailbox, who may say what, for whom.
    ("mailbox", mailbox.rule),
    ("sender_trust", sender_trust.rule),
    # After trust: forms servers send by themselves, and say so.
    ("automatic_sender", automatic_sender.rule),
    ("employee", employee.rule),
    # What the four lines say besides; none of it keeps a case from being made.
    ("topic", topic.rule),
    ("show", show.rule),
    ("regarding", regarding.rule),
    # Last of those that stop, so that only what would be a case counts.
    ("rate_limit", rate_limit.rule),
    ("routing", routing.rule),
    ("new_case", new_case.rule),
)


def decide(facts: Facts) -> Decision:
    """What becomes of an email. Pure; the same facts give the same decision."""
    trace = []
    flags = []
    for name, rule in POLICY:
        ruling = rule(facts)
        trace.append(RuleResult(name, ruling.verdict, ruling.detail, ruling.evidence))
        if ruling.flag is not None:
            flags.append(ruling.flag)
        if ruling.decision is not None:
            return replace(ruling.decision, flags=tuple(flags), trace=tuple(trace))
    raise AssertionError("the last rule of the policy decides")
