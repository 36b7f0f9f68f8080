"""The texts with which admins replace the shipped ones.

A text that cannot be rendered never stops a notice: the shipped text is used, and the log says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from email_channels.cases.templates import SystemText, Template
from email_channels.observability import logger
from email_channels.outbound.merge_fields import Values
from email_channels.outbound.notice_bodies import Body
from email_channels.outbound.template_merging import merge_body, merge_subject
from email_channels.settings import Language
from email_channels.values import dataclass


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
    merged = merge_subject(template, values)
    if merged.missing:
        _log(template, f"no value for {', '.join(merged.missing)}")
    return merged.subject if not merged.missing else None


def _body(template: Template, values: Values) -> Body | None:
    try:
        merged = merge_body(template, values)
    except Exception as error:  # noqa: BLE001 - whatever it is, the notice must be sent
        _log(template, type(error).__name__)
        return None
    if merged.missing:
        _log(template, f"no value for {', '.join(merged.missing)}")
        return None
    text = (merged.text or "").rstrip()
    return Body(text, merged.html) if text else None


def _log(template: Template, why: str) -> None:
    """Logs ids and names of fields only: a template may hold anything."""
    logger().error("shipped text used instead of the template", extra={"template": template.id, "why": why})
