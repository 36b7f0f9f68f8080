"""Puts the parts of a template into the request to send an agent's email. Pure.

The request wins: its `subject` over that of the template, and its `text` or `html` over both of the template, which say
the same. So no recipient gets one text from the agent and another one from the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from email_channels.cases.templates import Template, is_template_id
from email_channels.errors import FieldError
from email_channels.outbound.merge_fields import Values
from email_channels.outbound.template_merging import merge_body, merge_subject


def with_template(
    document: object, read: Callable[[str], Template | None], values: Values, most_characters: int
) -> tuple[object, tuple[FieldError, ...]]:
    """The request with the parts of its template, and the error of its field `template`.

    `document` is the JSON of the request, which may be anything. `read` returns the template with an id. A subject is
    cut to `most_characters`, because outsiders may have written the values in it.
    """
    named = document.get("template") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(named, str):
        return document, ()
    template = read(named) if is_template_id(named) else None
    if template is None:
        return document, (FieldError("template", "is not a template that exists"),)
    parts: dict[str, Any] = {}
    missing: tuple[str, ...] = ()
    if not _is_given(document, "subject"):
        merged = merge_subject(template, values)
        missing += merged.missing
        parts["subject"] = merged.subject[:most_characters] if merged.subject else None
    if not _is_given(document, "text") and not _is_given(document, "html"):
        merged = merge_body(template, values)
        missing += merged.missing
        parts |= {"text": merged.text, "html": merged.html}
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        return document, (FieldError("template", f"has merge fields without a value in this case: {names}"),)
    return {**document, **{name: part for name, part in parts.items() if part is not None}}, ()


def _is_given(document: Mapping[str, Any], name: str) -> bool:
    part = document.get(name)
    # A value of a wrong type is given, too: it is the caller's mistake, and must not vanish.
    return bool(part.strip()) if isinstance(part, str) else part is not None
