"""Merge fields of templates: `{{ case.number }}` stands for the number of the case. There is nothing else to program.

Values are inserted once: a value that looks like a field stays as it is. They may be the words of strangers, so they
are one line, without unseen characters, of at most MAX_VALUE_CHARACTERS, and are escaped in HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from email_channels.cases.case import Case
from email_channels.cases.references import case_number
from email_channels.cases.templates import SystemText
from email_channels.expressions import expression
from email_channels.mail.shown_text import shown_line

MAX_VALUE_CHARACTERS = 1000
"""Longer values are cut."""

MAX_FIELDS = 100
"""The most fields in one part of a template, so that values cannot make an email too long."""

# What stands between the braces may be anything, so that the error for an unknown field can show it.
_FIELD = expression(r"\{\{([^{}]{0,200})\}\}")
# Editors of HTML write no-break spaces for blanks.
_BLANK = expression("&nbsp;|&#160;")
_MOST_SHOWN = 40


class MergeField(StrEnum):
    """The fields that a template may have."""

    CASE_NUMBER = "case.number"
    CASE_SUBJECT = "case.subject"
    CASE_TOPIC = "case.topic"
    EMPLOYEE_NAME = "employee.name"
    AGENT_NAME = "agent.name"
    MAILBOX_ADDRESS = "mailbox.address"


_OF_A_CASE = frozenset(MergeField) - {MergeField.AGENT_NAME}
SYSTEM_FIELDS: Mapping[SystemText, frozenset[MergeField]] = {
    SystemText.ACKNOWLEDGEMENT: _OF_A_CASE,
    SystemText.GROUP_ALERT: _OF_A_CASE,
    SystemText.SENDER_COPY: frozenset({MergeField.MAILBOX_ADDRESS}),
}
"""The fields that can have a value in each text. No agent writes these emails, and a sender's copy is about no case."""

Values = Mapping[MergeField, str]
"""The values of the fields that have one."""


def field_errors(text: str, allowed: Iterable[MergeField] = MergeField) -> str | None:
    """What is wrong with the fields of a text, as the message of an error; None if nothing is."""
    known = {field.value for field in allowed}
    found = list(_names(text))
    if unknown := list(dict.fromkeys(name for name in found if name not in known)):
        shown = ", ".join(f"{{{{ {name[:_MOST_SHOWN]} }}}}" for name in unknown[:5])
        return f"has unknown merge fields: {shown}. The fields of this template are {', '.join(sorted(known))}"
    if "{{" in _FIELD.sub("", text):
        return "has {{ without a merge field and }} after it"
    if len(found) > MAX_FIELDS:
        return f"must have at most {MAX_FIELDS} merge fields"
    return None


def has_field_in_style(html: str) -> bool:
    """Whether sanitised HTML has a field in a `style`.

    A value there is more than a value: a sender could add styles, such as a picture that is loaded from the web, or a
    text that lies above the others.
    """
    if "{{" not in html or "style=" not in html:
        return False
    from selectolax.lexbor import LexborHTMLParser  # loaded only when needed

    return any("{{" in (node.attributes.get("style") or "") for node in LexborHTMLParser(html).css("[style]"))


def missing_fields(text: str, values: Values) -> tuple[str, ...]:
    """The names of the fields in a text that have no value, each once, in their order."""
    return tuple(dict.fromkeys(name for name in _names(text) if name not in values))


def merged(text: str, values: Values) -> str:
    """A plain text with the values in it. A field without a value stays as it is."""
    return _insert(text, {name: shown_line(value, MAX_VALUE_CHARACTERS) for name, value in values.items()})


def merged_html(text: str, values: Values) -> str:
    """HTML with the values in it, escaped. It has to be sanitised after this: a value may stand in a link."""
    return _insert(text, {name: html.escape(shown_line(value, MAX_VALUE_CHARACTERS)) for name, value in values.items()})


def merged_line(text: str, values: Values) -> str:
    """A text on one line, such as a subject, with the values in it."""
    return " ".join(merged(text, values).split())


def case_values(case: Case, agent: str | None = None) -> dict[MergeField, str]:
    """The values that a case gives, and the name of the agent who writes (None: nobody does, or it is not known)."""
    named = {
        MergeField.CASE_NUMBER: case_number(case.case_id),
        MergeField.CASE_SUBJECT: case.subject,
        MergeField.CASE_TOPIC: case.topic,
        MergeField.EMPLOYEE_NAME: case.employee.name if case.employee else None,
        MergeField.MAILBOX_ADDRESS: case.mailbox,
    }
    return {field: value for field, value in named.items() if value and value.strip()} | agent_values(agent)


def agent_values(agent: str | None) -> dict[MergeField, str]:
    """The values that the agent gives, without a case."""
    return {MergeField.AGENT_NAME: agent} if agent and agent.strip() else {}


def _insert(text: str, values: Mapping[MergeField, str]) -> str:
    by_name = {field.value: value for field, value in values.items()}
    return _FIELD.sub(lambda match: by_name.get(_name(match), match[0]), text)


def _names(text: str) -> Iterator[str]:
    return map(_name, _FIELD.finditer(text))


def _name(match: re.Match[str]) -> str:
    return _BLANK.sub(" ", match[1]).strip()
