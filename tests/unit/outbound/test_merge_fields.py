"""Merge fields: what a template may contain, and how values are inserted."""

from __future__ import annotations

import time

import pytest
from email_channels.outbound.merge_fields import (
    MergeField,
    field_errors,
    has_field_in_style,
    merged,
    merged_html,
    merged_line,
    missing_fields,
)

VALUES = {
    MergeField.CASE_NUMBER: "7K3F-92QD-X0",
    MergeField.CASE_SUBJECT: 'A "&" <b>\r\n{{ case.number }}\u202e',
}


@pytest.mark.parametrize(
    "text",
    ["", "No fields", "{{ case.number }}", "{{case.number}}{{\ncase.subject\t}}", "{{{ case.number }}} {x} }} {"],
)
def test_good_fields(text: str) -> None:
    assert field_errors(text) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{ case.nmber }}", "{{ case.nmber }}"),
        ("{{ CASE.NUMBER }}", "{{ CASE.NUMBER }}"),
        ("{{ case.number | upper }}", "{{ case.number | upper }}"),
        ("{{ case.<b>number</b> }}", "{{ case.<b>number</b> }}"),
        ("{{ case.number.__class__ }}", "unknown"),
        ("{{}}", "unknown"),
        ("{{ }}", "unknown"),
        ("{{ " + "x" * 150 + " }}", "unknown"),
        ("{{ case.number", "{{ without a merge field"),
        ("{{ " + "x" * 300 + " }}", "{{ without a merge field"),
        ("{% if x %}{{ x", "{{ without a merge field"),
        ("{{ case.number }}" * 101, "at most 100"),
    ],
)
def test_wrong_fields(text: str, named: str) -> None:
    """The message names what is wrong, and is never long."""
    message = field_errors(text)
    assert message is not None
    assert named in message
    assert len(message) < 500


def test_allowed_fields() -> None:
    message = field_errors("{{ case.number }}", [MergeField.MAILBOX_ADDRESS])
    assert message is not None
    assert "mailbox.address" in message


def test_inserted_once() -> None:
    """A value that looks like a field stays as it is. It is one line, without unseen characters."""
    assert merged("{{ case.subject }}!", VALUES) == 'A "&" <b> {{ case.number }}!'
    assert merged_html("{{&nbsp;case.subject&#160;}}", VALUES) == "A &quot;&amp;&quot; &lt;b&gt; {{ case.number }}"
    assert merged_line(" {{ case.number }}\n x ", VALUES) == "7K3F-92QD-X0 x"


def test_missing() -> None:
    """Fields without a value are named once, and stay."""
    text = "{{ agent.name }} {{ case.number }} {{ agent.name }} {{mailbox.address}}"
    assert missing_fields(text, VALUES) == ("agent.name", "mailbox.address")
    assert merged("{{ agent.name }}", VALUES) == "{{ agent.name }}"


def test_long_value() -> None:
    assert len(merged("{{ case.subject }}", {MergeField.CASE_SUBJECT: "x" * 5000})) == 1000


@pytest.mark.parametrize(
    "text", ["{" * 65_000, "{{" + " " * 65_000, "{{ a" * 16_000, "{{ a }" * 10_000, "{{&nbsp;" * 8_000]
)
def test_hostile_templates(text: str) -> None:
    """Reading takes time in proportion to the length."""
    started = time.perf_counter()
    assert field_errors(text) is not None
    missing_fields(text, VALUES)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<p style="color: {{ case.topic }}">Hello</p>', True),
        ('<table><tr><td align="left" style="a: b; c: {{case.topic}}">Hello</td></tr></table>', True),
        ('<p style="color: red">{{ case.topic }}</p>', False),
        ('<p title="{{ case.topic }}">Write style="{{ x }}"</p>', False),
        ("<p>{{ case.topic }}</p>", False),
        ('<b style="a: b">' * 5_000 + "{{ case.topic }}", False),
    ],
)
def test_field_in_style(html: str, found: bool) -> None:
    """A value in a style could add other styles."""
    assert has_field_in_style(html) == found
