"""The rules about the values on the first lines of a form: which are believed, and what each decides."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.case import CaseFlag
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.trace import RuleVerdict
from email_channels.intake.rules import regarding, sender_trust, show, topic
from email_channels.intake.rulings import noted, passed
from email_channels.settings import IdentifySender

from tests.support.messages import FORM
from tests.support.rule_facts import FORMS, MANUAL, PAYROLL, ZOE, facts_of, form


def test_untrusted_lines_are_text() -> None:
    """If the mailbox identifies by From, the lines of an untrusted sender are text."""
    facts = facts_of(FORM.replace("hr@forms.example", "zoe.hartmann@acme.example"))
    assert sender_trust.rule(facts) == noted(
        "The sender is not trusted, so the values on the first lines are only text.",
        CaseFlag.VALUES_NOT_BELIEVED,
        listed=False,
        authenticated=True,
    )
    assert not facts.form_believed


def test_values_below_a_banner() -> None:
    """Values below a gateway's banner are believed, and the trace says so."""
    facts = form(FORM.replace("[543457]", "CAUTION: External email. Do not click links.\n\n[543457]"))
    assert sender_trust.rule(facts) == noted(
        "The sender is trusted. A gateway put a banner above the four lines.",
        listed=True,
        authenticated=True,
        below_banner=True,
    )
    assert facts.form.user_id == "543457"


@pytest.mark.parametrize("sender", ["hr@forms.example", "zoe.hartmann@acme.example"])
def test_values_elsewhere(sender: str) -> None:
    """Values that are not the first four lines are text, whoever sends them, and a flag says so."""
    text = FORM.replace("[543457]", "Dear HR,\n\n[543457]").replace("hr@forms.example", sender)
    facts = facts_of(text, mailbox=replace(FORMS, identify_sender=IdentifySender.FROM_ADDRESS))
    ruling = sender_trust.rule(facts)
    assert (ruling.flag, ruling.decision) == (CaseFlag.VALUES_NOT_BELIEVED, None)
    assert ruling.evidence["lines"] == list(facts.arrival.form_lines.elsewhere) != []
    assert not facts.form_believed


def test_no_values() -> None:
    """An email without values in brackets has no such flag."""
    assert sender_trust.rule(facts_of(MANUAL)) == passed()
    assert sender_trust.rule(form(FORM.partition("[543457]")[0] + "Nobody filled it in [see below].\n")).flag is None


@pytest.mark.parametrize(
    ("line", "variable", "expected"),
    [
        ("[Employee Relations]", True, ("Employee Relations", None)),
        ("[employee  RELATIONS]", True, ("Employee Relations", None)),
        ("[Weather]", True, ("General", CaseFlag.TOPIC_DEFAULTED)),
        # The topic of the mailbox is known, even if it is not configured.
        ("[general]", True, ("General", None)),
        ("", True, ("General", None)),
        ("[Employee Relations]", False, ("General", None)),
    ],
)
def test_topic(line: str, variable: bool, expected: tuple[str, CaseFlag | None]) -> None:
    """Line 2 names the topic if the mailbox allows it."""
    facts = form(FORM.replace("[Employee Relations]", line), mailbox=replace(FORMS, variable_topic=variable))
    ruling = topic.rule(facts)
    assert (topic.topic_of(facts)[0], ruling.flag) == expected
    assert ruling.decision is None


def test_topic_of_the_deployment() -> None:
    """Its default topic exists for every mailbox, as in the API, even if it is not configured."""
    lines, mailbox = FORM.replace("[Employee Relations]", "[ GENERAL ]"), replace(FORMS, default_topic="Benefits")
    facts = form(lines, mailbox=mailbox)
    assert facts.settings.default_topic == "General"
    assert (topic.topic_of(facts), topic.rule(facts).flag) == (("General", False), None)


@pytest.mark.parametrize(
    ("line", "variable", "expected"),
    [
        ("[Yes]", True, (True, None)),
        ("[yes]", True, (True, None)),
        ("[NO]", True, (False, None)),
        ("[Perhaps]", True, (False, CaseFlag.SHOW_DEFAULTED)),
        ("", True, (False, None)),
        ("[Yes]", False, (False, None)),
    ],
)
def test_show(line: str, variable: bool, expected: tuple[bool, CaseFlag | None]) -> None:
    """Line 3 says whether the employee sees the case."""
    facts = form(FORM.replace("[Yes]", line), mailbox=replace(FORMS, variable_show=variable))
    ruling = show.rule(facts)
    assert (show.show_of(facts)[0], ruling.flag) == expected
    assert ruling.decision is None


def test_default_show() -> None:
    """Without line 3 the default of the mailbox counts."""
    assert show.show_of(facts_of(MANUAL, mailbox=replace(PAYROLL, default_show=True))) == (True, False)
    assert show.show_of(facts_of(MANUAL)) == (False, False)


def test_regarding() -> None:
    """Line 4 names the employee whom the case is regarding."""
    assert regarding.rule(form()) == passed(user_id="874112")
    unknown = regarding.rule(form(employees={"543457": ZOE}))
    assert (unknown.flag, unknown.decision) == (CaseFlag.REGARDING_NOT_FOUND, None)
    assert regarding.rule(form(FORM.replace("[874112]", ""))) == passed()
    assert regarding.rule(facts_of(MANUAL)) == passed()


QUIET_FORMS = replace(FORMS, variable_topic=False, variable_show=False)


@pytest.mark.parametrize(
    ("rule", "line", "value", "mailbox", "words"),
    [
        (topic, "[Employee Relations]", "[Nothing]", FORMS, "line 2 is not known"),
        (topic, "[Employee Relations]", "[Payroll]", QUIET_FORMS, "line 2 is ignored"),
        (topic, "[Employee Relations]", "[]", FORMS, "Line 2 is blank"),
        (show, "[Yes]", "[Perhaps]", FORMS, "neither Yes nor No"),
        (show, "[Yes]", "[No]", QUIET_FORMS, "line 3 is ignored"),
        (show, "[Yes]", "[]", FORMS, "Line 3 is blank"),
        (regarding, "[874112]", "[999999]", FORMS, "line 4"),
    ],
)
def test_notes(rule: Any, line: str, value: str, mailbox: Mailbox, words: str) -> None:
    """The trace says what became of each value that was not taken; a value that was taken needs no note."""
    changed = rule.rule(form(FORM.replace(line, value), mailbox=mailbox))
    assert changed.verdict is RuleVerdict.NOTE
    assert words in changed.detail
    taken = rule.rule(form())
    assert (taken.verdict, taken.detail) == (RuleVerdict.PASS, "")
