"""The texts with which admins replace the shipped ones.

A text that cannot be rendered never stops a notice: the shipped text is used, and the log says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from email_channels.cases.templates import SystemText, Template
from email_channels.mail.html import html_to_text
from email_channels.observability import logger
from email_channels.outbound.merge_fields import (
    MergeField,
    Values,
    merged,
    merged_html,
    merged_line,
    missing_fields,
)
from email_channels.outbound.notice_bodies import Body
from email_channels.outbound.outgoing_html import outgoing_html
from email_channels.settings import Language

_OF_A_CASE = frozenset(MergeField) - {MergeField.AGENT_NAME}
FIELDS: Mapping[SystemText, frozenset[MergeField]] = {
    SystemText.ACKNOWLEDGEMENT: _OF_A_CASE,
    SystemText.GROUP_ALERT: _OF_A_CASE,
    SystemText.SENDER_COPY: frozenset({MergeField.MAILBOX_ADDRESS}),
}
"""The fields that can have a value in each text. No agent writes these emails, and a sender's copy is about no case."""


@dataclass(frozen=True, slots=True)
class MailboxTexts:
    """What the notices about the emails of one mailbox are written with.

    `contact` tells senders whom to ask. `replaced` are the templates that replace shipped texts in this language.
    """

    language: Language
    contact: str | None = None
    replaced: Mapping[SystemText, Template] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The parts of a notice that a template replaces; None for those that stay as shipped."""

    subject: str | None = None
    body: Body | None = None


def replaced(text: SystemText, texts: MailboxTexts, values: Values) -> Replaced:
    """The parts that the template for `text` replaces. Never raises.

    A part stays as shipped if the template does not have it, or has a field in it that has no value here.
    """
    template = texts.replaced.get(text)
    if template is None:
        return Replaced()
    return Replaced(_subject(template, values), _body(template, values))


def _subject(template: Template, values: Values) -> str | None:
    if not template.subject or _misses(template, template.subject, values):
        return None
    return merged_line(template.subject, values) or None


def _body(template: Template, values: Values) -> Body | None:
    parts = (template.text or "") + (template.html or "")
    if not parts or _misses(template, parts, values):
        return None
    try:
        html = outgoing_html(merged_html(template.html, values)) if template.html else None
        text = merged(template.text, values) if template.text else html_to_text(html or "")
        return Body(text.rstrip(), html) if text.strip() else None
    except Exception as error:  # noqa: BLE001 - whatever it is, the notice must be sent
        _log(template, type(error).__name__)
        return None


def _misses(template: Template, part: str, values: Values) -> bool:
    missing = missing_fields(part, values)
    if missing:
        _log(template, f"no value for {', '.join(missing)}")
    return bool(missing)


def _log(template: Template, why: str) -> None:
    """Logs ids and names of fields only: a template may hold anything."""
    logger().error("shipped text used instead of the template", extra={"template": template.id, "why": why})
