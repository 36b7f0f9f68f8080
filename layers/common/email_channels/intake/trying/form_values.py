"""Says of each line that looks like one of the four values whether it is taken, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from email_channels.cases.directory import Employee
from email_channels.cases.reasons import Reason
from email_channels.cases.trials.trial import LineValue
from email_channels.intake.decision import Decision
from email_channels.intake.facts import Facts
from email_channels.intake.rules.employee import employee_of
from email_channels.intake.rules.show import show_of
from email_channels.intake.rules.topic import topic_of
from email_channels.mail.form_lines import FormLine
from email_channels.settings import IdentifySender

_ELSEWHERE = (
    "The email does not begin with four lines that are each blank or one value in brackets, so the line is only text."
)
_BLANK = {
    1: "The line is blank, so it names no employee.",
    2: "The line is blank, so the mailbox's default topic applies.",
    3: "The line is blank, so the mailbox's default applies.",
    4: "The line is blank.",
}


def line_values(facts: Facts, decision: Decision) -> tuple[LineValue, ...]:
    """The four lines of an email, or the lines elsewhere that look like them; none if it has none."""
    form_lines = facts.arrival.form_lines
    if form_lines.lines is None:
        return tuple(LineValue(None, text, taken=False, why=_ELSEWHERE) for text in form_lines.elsewhere)
    return tuple(_values(facts, decision, form_lines.lines))


def _values(facts: Facts, decision: Decision, lines: tuple[FormLine, ...]) -> Iterator[LineValue]:
    ignored = _why_ignored(facts, decision)
    for line in lines:
        if ignored or line.value is None:
            yield LineValue(line.number, line.text, taken=False, why=ignored or _BLANK[line.number])
            continue
        taken, why = (_user_id, _topic, _show, _regarding)[line.number - 1](facts)
        yield LineValue(line.number, line.text, taken=taken, why=why)


def _why_ignored(facts: Facts, decision: Decision) -> str:
    """Why none of the lines is taken; "" if each of them is looked at."""
    if facts.mailbox is None:
        return "The email is for no mailbox that reads values, so the line is only text."
    if decision.entry is not None:
        return "The email belongs to a case, so the line is only text."
    if not facts.listed:
        return "The sender is not one of the mailbox's trusted senders, so the line is only text."
    if not facts.trusted:
        return "No DKIM signature proves the trusted sender, so the line is only text."
    return ""


def _user_id(facts: Facts) -> tuple[bool, str]:
    if facts.mailbox is not None and facts.mailbox.identify_sender is IdentifySender.FROM_ADDRESS:
        return False, "The mailbox identifies the employee by the From address, so the user id is not used."
    found, _ = employee_of(facts)
    if isinstance(found, Employee):
        return True, "The employee is in the directory."
    if found is Reason.SENDER_BLOCKED:
        return False, "The employee with this user id is blocked."
    return False, "No employee in the directory has this user id."


def _topic(facts: Facts) -> tuple[bool, str]:
    if facts.mailbox is not None and not facts.mailbox.variable_topic:
        return False, "The mailbox does not let senders choose the topic, so its default topic applies."
    if topic_of(facts)[1]:
        return False, "The topic is not configured, so the mailbox's default topic applies."
    return True, "The topic is configured."


def _show(facts: Facts) -> tuple[bool, str]:
    if facts.mailbox is not None and not facts.mailbox.variable_show:
        return False, "The mailbox does not let senders choose whether to show the case, so its default applies."
    if show_of(facts)[1]:
        return False, "The line is neither Yes nor No, so the mailbox's default applies."
    return True, "The line says whether the employee sees the case."


def _regarding(facts: Facts) -> tuple[bool, str]:
    if facts.form.regarding not in facts.employees:
        return False, "No employee in the directory has this user id, so the case is made without it."
    return True, "The employee is in the directory."
