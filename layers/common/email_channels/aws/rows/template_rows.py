"""The items of templates.

The item holds text and HTML compressed: some are pages of a newsletter, and lists read many of them.
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.compression import pack, unpack
from email_channels.aws.rows.table import Row
from email_channels.cases.templates import Template


class TemplateRow(Row, discriminator="template"):
    """A template, by its id. `content` is the JSON of its text and HTML, compressed."""

    template = JSONAttribute()
    content = BinaryAttribute(legacy_encoding=False)


def template_row(template: Template, version: int = 1, old: TemplateRow | None = None) -> TemplateRow:
    """The item of a template. It keeps what newer code has added to the item that it replaces (`old`)."""
    pk, sk = keys.template(template.id)
    document = {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "subject": template.subject,
    }
    content = {"text": template.text, "html": template.html}
    return TemplateRow(
        pk=pk,
        sk=sk,
        version=version,
        template={**(old.template if old else {}), **document},
        content=pack({**(unpack(old.content) if old else {}), **content}),
    ).keep_unknown(old)


def template_of(row: TemplateRow) -> Template:
    """The template of an item. Fields that this code does not know are ignored."""
    document: dict[str, Any] = row.template
    content = unpack(row.content)
    return Template(
        id=document["id"],
        name=document["name"],
        language=document["language"],
        subject=document["subject"],
        text=content["text"],
        html=content["html"],
    )
