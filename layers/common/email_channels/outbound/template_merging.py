"""Merges a template with values: what an agent's email or a notice becomes of it."""

from __future__ import annotations

from email_channels.cases.templates import Template, is_system_id
from email_channels.outbound.merge_fields import Values, merged, merged_html, merged_line, missing_fields
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Merged:
    """Parts of a template with the values in them; None for parts that it does not have.

    `missing` are the names of the fields without a value. They stay in the parts as they are.
    """

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    missing: tuple[str, ...] = ()


def merge_subject(template: Template, values: Values) -> Merged:
    """The subject, on one line."""
    if not template.subject:
        return Merged()
    return Merged(
        subject=merged_line(template.subject, values) or None, missing=missing_fields(template.subject, values)
    )


def merge_body(template: Template, values: Values) -> Merged:
    """Text and HTML. If the template has no text, it is made from the HTML.

    The HTML is sanitised with the values in it, because a value may stand in a link. Images of `data:` URLs stay in the
    template of an agent's email: they are sent like those in the agent's own HTML.
    """
    # Loaded only when needed: parsing HTML.
    from email_channels.mail.html import html_to_text
    from email_channels.outbound.ad_hoc.inline_html import html_with_data
    from email_channels.outbound.outgoing_html import outgoing_html

    missing = missing_fields((template.text or "") + (template.html or ""), values)
    html = merged_html(template.html, values) if template.html else None
    if html is not None:
        html = outgoing_html(html) if is_system_id(template.id) else html_with_data(html)[0]
    if template.text:
        return Merged(text=merged(template.text, values), html=html, missing=missing)
    return Merged(text=html_to_text(html) if html else None, html=html, missing=missing)


def merge(template: Template, values: Values) -> Merged:
    """All parts."""
    subject, body = merge_subject(template, values), merge_body(template, values)
    missing = tuple(dict.fromkeys((*subject.missing, *body.missing)))
    return Merged(subject.subject, body.text, body.html, missing)
