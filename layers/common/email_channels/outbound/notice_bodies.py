"""Writes the body of a notice, as plain text and as HTML with the same words."""

from __future__ import annotations

import html
from collections.abc import Sequence

from email_channels.outbound.texts.shipped import ShippedTexts
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels with values, each on a line of its own."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A label with a link."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body, or the beginning or end of one. `html` is a fragment of a page; None if there is only the text."""

    text: str
    html: str | None


Paragraph = str | Rows | Link
"""A paragraph; a text may have several lines."""


def body_of(paragraphs: Sequence[Paragraph], texts: ShippedTexts) -> Body:
    """The body with these paragraphs."""
    text = "\n\n".join(_text(paragraph, texts) for paragraph in paragraphs)
    return Body(text, "\n".join(f"<p>{_html(paragraph, texts)}</p>" for paragraph in paragraphs))


def joined(bodies: Sequence[Body]) -> Body:
    """Several bodies below each other. It has HTML only if all of them have."""
    pages = [body.html for body in bodies if body.html is not None]
    return Body("\n\n".join(body.text for body in bodies), "\n".join(pages) if len(pages) == len(bodies) else None)


def html_page(inner: str, language: str) -> str:
    """The whole page of a fragment, which names its language (WCAG 2, success criterion 3.1.1)."""
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}">\n<head><meta charset="utf-8"></head>\n'
        f'<body style="font-family: Arial, Helvetica, sans-serif">\n{inner}\n</body>\n</html>\n'
    )


def _text(paragraph: Paragraph, texts: ShippedTexts) -> str:
    if isinstance(paragraph, Link):
        return texts.row.format(label=paragraph.label, value=paragraph.url)
    if isinstance(paragraph, Rows):
        return "\n".join(texts.row.format(label=label, value=value) for label, value in paragraph.rows)
    return paragraph


def _html(paragraph: Paragraph, texts: ShippedTexts) -> str:
    if isinstance(paragraph, Link):
        return f'<a href="{html.escape(paragraph.url)}">{html.escape(paragraph.label)}</a>'
    if isinstance(paragraph, Rows):
        rows = (
            texts.row.format(label=html.escape(label), value=f"<strong>{html.escape(value)}</strong>")
            for label, value in paragraph.rows
        )
        return "<br>\n".join(rows)
    return "<br>\n".join(html.escape(line) for line in paragraph.split("\n"))
