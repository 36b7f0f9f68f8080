"""Templates: texts that people may change, with fields that stand for values."""

from __future__ import annotations

from enum import StrEnum

from email_channels.expressions import expression
from email_channels.values import dataclass

SYSTEM_PREFIX = "system."
"""The ids of templates that replace shipped texts begin with it."""

_ID = expression(r"[A-Za-z0-9._-]{1,64}")


class SystemText(StrEnum):
    """The shipped texts that a template replaces: one with this id, or with this id, a dot and a language."""

    ACKNOWLEDGEMENT = "system.acknowledgement"
    GROUP_ALERT = "system.group_alert"
    SENDER_COPY = "system.sender_copy"


@dataclass(frozen=True, slots=True)
class Template:
    """A template. None stands for a part that it does not have.

    `subject` is on one line, and `html` is sanitised. `language` is the tag of a language (RFC 5646); only people use
    it, except in replaced texts: there it is the language in which the template replaces the shipped text.
    """

    id: str
    name: str
    language: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None


def is_template_id(text: str) -> bool:
    """Whether the text can be the id of a template."""
    return _ID.fullmatch(text) is not None


def is_system_id(template_id: str) -> bool:
    """Whether the id is kept for templates that replace shipped texts, whether or not there is such a text."""
    return template_id.lower().startswith(SYSTEM_PREFIX)


def system_text_of(template_id: str) -> tuple[SystemText, str | None] | None:
    """The shipped text that a template with this id replaces, and the language in the id (None: it has none).

    None if it replaces none. The language is not checked.
    """
    for text in SystemText:
        if template_id == text.value:
            return text, None
        if template_id.startswith(f"{text.value}."):
            return text, template_id.removeprefix(f"{text.value}.")
    return None


def replacing_ids(text: SystemText, language: str) -> tuple[str, str]:
    """The ids of the templates that may replace a shipped text in this language; the first has precedence."""
    return f"{text.value}.{language}", text.value


def replaces(template: Template, language: str) -> bool:
    """Whether a template, which may replace a shipped text by its id, does so in this language."""
    return template.language is None or template.language == language
