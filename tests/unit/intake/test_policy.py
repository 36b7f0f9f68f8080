"""The policy table: every rule has a row, the first rule that decides wins, and the trace lists all rules that ran."""

import pkgutil
from dataclasses import replace

from email_channels.cases.case import CaseFlag
from email_channels.cases.channels import Channel
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleVerdict
from email_channels.intake import rules
from email_channels.intake.decision import Decision
from email_channels.intake.policy import POLICY, decide

from tests.support.rule_facts import PAYROLL, facts_of

MESSAGE = """
From: zoe.hartmann@acme.example
To: payroll@acme.example
Subject: Wrong salary
Date: Mon, 23 Nov 2026 19:43:00 +0100

My salary is wrong.
"""


def test_table() -> None:
    """Every rule has one row, under its own name."""
    names = [name for name, _ in POLICY]
    assert sorted(names) == sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    assert all(rule.__module__ == f"email_channels.intake.rules.{name}" for name, rule in POLICY)


def test_full_trace() -> None:
    """The trace of an accepted email lists every rule but that of foreign servers, which SES has refused."""
    decision = decide(facts_of(MESSAGE))
    assert decision.outcome is Outcome.CASE
    assert [row.rule for row in decision.trace] == [name for name, _ in POLICY if name != "server"]
    assert [row.verdict for row in decision.trace] == [RuleVerdict.PASS] * (len(POLICY) - 2) + [RuleVerdict.STOP]


def test_first_decision() -> None:
    """The first rule that decides wins."""
    # Spam from a stranger to no mailbox, with a virus.
    decision = decide(facts_of(MESSAGE, envelope={"virus": "FAIL", "spam": "FAIL"}, mailbox=None, sender_employees=()))
    assert (decision.outcome, decision.reason) == (Outcome.UNPROCESSED, Reason.VIRUS)
    assert [row.rule for row in decision.trace] == ["channel_enabled", "readable", "size", "virus"]


def test_flags() -> None:
    """The flags are those that the rules set."""
    flagged = {"spam_action": "flag", "virus_action": "flag"}
    envelope = {"virus": "FAIL", "spam": "FAIL", "dkim": "fail", "dmarc": "fail"}
    decision = decide(facts_of(MESSAGE, settings=flagged, envelope=envelope))
    assert decision.outcome is Outcome.CASE
    assert decision.flags == (CaseFlag.VIRUS, CaseFlag.SPAM, CaseFlag.AUTHENTICATION_FAILED)


def test_repeatable() -> None:
    """The same facts give the same decision."""
    facts = facts_of(MESSAGE)
    assert decide(facts) == decide(facts)


def test_ad_hoc_makes_no_case() -> None:
    """The ad hoc channel makes no cases."""
    decision = decide(facts_of(MESSAGE, channel=Channel.AD_HOC))
    assert decision == Decision(Outcome.UNPROCESSED, Reason.CASE_REFERENCE_MISSING, trace=decision.trace)


def test_out_of_office_of_trusted_sender() -> None:
    """An automatic reply of a trusted sender is still an automatic reply."""
    subject = "Subject: Automatic reply: Wrong salary\nAuto-Submitted: auto-replied"
    trusting = replace(PAYROLL, trusted_senders=("acme.example",))
    facts = facts_of(MESSAGE.replace("Subject: Wrong salary", subject), mailbox=trusting)
    assert facts.trusted
    assert decide(facts).reason is Reason.AUTOMATIC_REPLY
