"""Agents' emails by a template: whose parts are used, and what is refused."""

from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.template_rows import TemplateRow, template_row
from email_channels.cases.templates import Template

from tests.support.in_process.ad_hoc_channel import AGENT, EMAIL, AdHocChannel
from tests.support.system.images import data_url, png

TO: dict[str, Any] = {"to": EMAIL["to"]}
NAMED = AGENT | {"name": "Alex {{ case.number }}"}


def store(**parts: str) -> None:
    template_row(Template("answer", "Answer", **parts)).save()


def sent(ad_hoc: AdHocChannel) -> EmailMessage:
    (raw,) = ad_hoc.sent()
    message = message_from_string(raw.raw_data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n").rstrip("\n")


def test_whole_template(ad_hoc: AdHocChannel) -> None:
    """Subject, text and HTML come from the template. Values are inserted once, and the subject keeps its reference."""
    store(
        subject="About {{ case.topic }}",
        text="Dear {{ employee.name }},\n{{ agent.name }}",
        html="<p>{{ agent.name }} &amp; {{ employee.name }}</p>",
    )
    answer = ad_hoc.post(TO | {"template": "answer"}, claims=NAMED)
    assert answer.status == 202, answer.body
    message = sent(ad_hoc)
    assert message["Subject"].startswith("About Payroll [#")
    assert part(message, "plain") == "Dear Jo Doe,\nAlex {{ case.number }}"
    assert part(message, "html") == "<p>Alex {{ case.number }} &amp; Jo Doe</p>"
    entry = ad_hoc.entry(answer.body["email_id"]).email
    assert entry.content is not None
    assert entry.content.text == "Dear Jo Doe,\nAlex {{ case.number }}"


def test_images(ad_hoc: AdHocChannel) -> None:
    """An image that the template holds becomes an inline part, like one in the agent's own HTML."""
    store(html=f'<p>Hello <img src="{data_url(png())}" alt="Acme"> {{{{ agent.name }}}}</p>')
    answer = ad_hoc.post(TO | {"template": "answer", "subject": "Hello"}, claims=NAMED)
    assert answer.status == 202, answer.body
    message = sent(ad_hoc)
    (image,) = [one for one in message.walk() if one.get_content_type() == "image/png"]
    assert image.get_payload(decode=True) == png()
    assert f'src="cid:{str(image["Content-ID"]).strip("<>")}"' in part(message, "html")
    assert "base64" not in part(message, "plain")


@pytest.mark.parametrize("given", [{"text": "My text"}, {"html": "<p>My text</p>"}])
def test_given_body(ad_hoc: AdHocChannel, given: dict[str, str]) -> None:
    """A text or HTML of the request replaces both of the template, so that no recipient gets the other one."""
    store(subject="From the template", text="Template {{ agent.name }}", html="<p>Template</p>")
    assert ad_hoc.post(TO | {"template": "answer"} | given).status == 202
    message = sent(ad_hoc)
    assert message["Subject"].startswith("From the template")
    assert "emplate" not in part(message, "plain")
    assert "My text" in part(message, "plain")
    assert (message.get_body(("html",)) is not None) == ("html" in given)


def test_given_subject(ad_hoc: AdHocChannel) -> None:
    store(subject="{{ agent.name }}", html="<p>Hello</p>")
    assert ad_hoc.post(TO | {"template": "answer", "subject": "Mine", "text": " "}).status == 202
    message = sent(ad_hoc)
    assert message["Subject"].startswith("Mine [#")
    assert part(message, "plain") == "Hello"


def test_no_subject(ad_hoc: AdHocChannel) -> None:
    """Without a subject in either, the case gives it."""
    store(text="Hello")
    assert ad_hoc.post(TO | {"template": "answer"}).status == 202
    assert ad_hoc.case.subject in sent(ad_hoc)["Subject"]


def test_missing_value(ad_hoc: AdHocChannel) -> None:
    """The error names the fields that have no value, and nothing is sent."""
    store(subject="{{ agent.name }}", text="{{ agent.name }} {{ case.number }}")
    answer = ad_hoc.post(TO | {"template": "answer"})
    assert answer.status == 422
    assert answer.body["errors"] == [
        {"field": "template", "message": "has merge fields without a value in this case: agent.name"}
    ]
    assert (ad_hoc.sent(), ad_hoc.history()) == ([], [])


@pytest.mark.parametrize("template_id", ["other", "", "a b", "x" * 64, "../CASE", "answer\n"])
def test_unknown_template(ad_hoc: AdHocChannel, template_id: str) -> None:
    store(text="Hello")
    answer = ad_hoc.post(TO | {"template": template_id})
    assert [error["field"] for error in answer.body["errors"]] == ["template"]
    assert ad_hoc.sent() == []


def test_empty_result(ad_hoc: AdHocChannel) -> None:
    """A template with a subject only gives no text."""
    store(subject="Hello")
    assert [error["field"] for error in ad_hoc.post(TO | {"template": "answer"}).body["errors"]] == ["text"]


def test_repeated(ad_hoc: AdHocChannel) -> None:
    """A repeated request answers with the first email, although the template has changed since."""
    store(text="Hello")
    first = ad_hoc.post(TO | {"template": "answer"})
    TemplateRow(*keys.template("answer")).delete()
    assert ad_hoc.post(TO | {"template": "answer"}).body == first.body
    assert len(ad_hoc.sent()) == 1


def test_dangerous_value(ad_hoc: AdHocChannel) -> None:
    """HTML is sanitised with the values in it."""
    store(html='<p>Hello</p><a href="{{ agent.name }}">x</a>')
    assert ad_hoc.post(TO | {"template": "answer"}, claims=AGENT | {"name": "javascript:alert(1)"}).status == 202
    assert "javascript" not in part(sent(ad_hoc), "html")
