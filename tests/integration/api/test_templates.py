"""Templates: what they may hold, who may change them, and what a preview shows."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.template_rows import TemplateRow, template_row
from email_channels.aws.stores.configuration.template_store import MAX_PAGE_CHARACTERS, TemplateStore
from email_channels.cases.audit.records import begin_act
from email_channels.cases.templates import SystemText, Template
from email_channels.settings import Language, TemplateEditors

from tests.support.in_process.api_client import Api
from tests.support.in_process.stored_emails import RECEIVED, record_case
from tests.support.system.images import SVG, WEBP, data_url, png

ANSWER = {
    "name": "First answer",
    "language": "en-GB",
    "subject": "Case {{ case.number }}",
    "text": "Dear {{ employee.name }},\n{{ case.subject }} ({{ case.topic }})\n{{ agent.name }}",
    "html": "<p>Dear {{ employee.name }}</p>",
}


def put(api: Api, template_id: str, body: dict[str, Any], user: str = "admin") -> Any:
    return api(user, "PUT", f"/templates/{template_id}", body)


def test_template(api: Api) -> None:
    """A template is created, read, replaced and deleted."""
    made = put(api, "First.answer_1-x", ANSWER)
    assert made.status == 201, made.text
    assert made.json == ANSWER | {"id": "First.answer_1-x"}
    assert api("agent", "GET", "/templates/First.answer_1-x").json == made.json
    assert api("agent", "GET", "/templates").items == [made.json]
    replaced = put(api, "First.answer_1-x", {"name": "Other", "text": "Hello"})
    assert (replaced.status, replaced.json) == (
        200,
        {"id": "First.answer_1-x", "name": "Other", "language": None, "subject": None, "text": "Hello", "html": None},
    )
    assert put(api, "First.answer_1-x", replaced.json).status == 200, "PUT takes what GET returns"
    assert api("admin", "DELETE", "/templates/First.answer_1-x").status == 204
    for method in ("GET", "DELETE"):
        assert api("admin", method, "/templates/First.answer_1-x").status == 404
    assert api("admin", "POST", "/templates/First.answer_1-x/preview", {}).status == 404


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"language": "German"}, ["language"]),
        ({"language": ""}, ["language"]),
        ({"subject": "a\r\nBcc: x@y.example"}, ["subject"]),
        ({"subject": "x" * 501}, ["subject"]),
        ({"subject": "{{ case.nmber }}"}, ["subject"]),
        ({"text": "{{ employee.email }}", "html": "<p>{{ case.issue }}</p>"}, ["html", "text"]),
        ({"text": "{{ case.number"}, ["text"]),
        ({"html": "<p title='{{ x }}'>Hello</p>"}, ["html"]),
        ({"html": "<p>{{ case.<b>number</b> }}</p>"}, ["html"]),
        ({"html": "<p style='color: {{ case.topic }}'>Hello</p>"}, ["html"]),
        ({"html": "<img src='data:image/png;base64,AAAA'>"}, ["html"]),
        ({"html": "<img src='{{ case.subject }}'>"}, ["html"]),
        ({"html": "<b>" * 15_001}, ["html"]),
        ({"text": "x" * 64_001}, ["text"]),
        ({"text": "ü" * 32_001, "html": None}, ["text"]),
        ({"text": "x" * 60_000, "html": "y" * 4_001}, ["text"]),
        ({"subject": " ", "text": "\n", "html": "<p> </p><script>x</script>"}, ["text"]),
        ({"subject": None, "text": None, "html": None}, ["text"]),
        ({"text": 7, "html": []}, ["html", "text"]),
        ({"id": "other"}, ["id"]),
        ({"body": "x"}, ["body"]),
    ],
)
def test_wrong_templates(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    """Every wrong field is named, and nothing is written."""
    assert put(api, "answer", ANSWER | changes).wrong_fields == fields
    assert api("admin", "GET", "/templates").items == []


@pytest.mark.parametrize(
    "template_id", ["x" * 65, "a%20b", "a%0A", "%C3%BC", "a%2Fb", "system.", "system.other", "System.x"]
)
def test_wrong_ids(api: Api, template_id: str) -> None:
    answer = put(api, template_id, ANSWER)
    if "%2F" in template_id:
        assert answer.status == 404
    else:
        assert answer.wrong_fields == ["id"]
    assert api("admin", "GET", f"/templates/{template_id}").status == 404
    assert api("admin", "DELETE", f"/templates/{template_id}").status == 404


def test_images(api: Api) -> None:
    """A template may hold images that can be sent. Notices that the system sends cannot."""
    html = f'<p>Hello <img src="{data_url(png())}" alt="Acme"> {{{{ agent.name }}}}</p>'
    made = put(api, "answer", {"name": "A", "html": html})
    assert (made.status, made.json["html"]) == (201, html)
    shown = api("agent", "POST", "/templates/answer/preview", {}, claims={"name": "Alex"}).json
    assert shown["html"] == html.replace("{{ agent.name }}", "Alex")
    assert "base64" not in shown["text"]
    for picture in (data_url(WEBP, "image/webp"), data_url(SVG, "image/svg+xml"), "cid:logo"):
        assert put(api, "answer", {"name": "A", "html": f'<p>Hi <img src="{picture}"></p>'}).wrong_fields == ["html"]
    assert put(api, "system.acknowledgement", {"name": "A", "html": f'<img src="{data_url(png())}">'}).wrong_fields == [
        "html"
    ]


def test_sanitised(api: Api) -> None:
    """HTML is stored as it can be sent. Fields stay where they are, also in links."""
    link = '<a href="https://x.example/{{ case.number }}">x</a>'
    html = f'<p onclick="x()">Hi {{{{ employee.name }}}}<script>x</script> {link}</p>'
    made = put(api, "answer", {"name": "A", "html": html, "text": "a\x00b\x1bc"}).json
    assert made["html"] == f"<p>Hi {{{{ employee.name }}}} {link}</p>"
    assert made["text"] == "abc"


def test_editors(api: Api) -> None:
    """Agents may change templates if TemplateEditors says so, but not those of the system."""
    assert put(api, "answer", ANSWER, "agent").status == 403
    api.settings = replace(api.settings, template_editors=TemplateEditors.AGENT)
    assert put(api, "answer", ANSWER, "agent").status == 201
    assert put(api, "answer", ANSWER, "nobody").status == 403
    text = {"name": "Ours", "text": "Thanks"}
    for template_id in ("system.sender_copy", "system.sender_copy.de", "system.unknown", "SYSTEM.x"):
        assert put(api, template_id, text, "agent").status == 403
    assert put(api, "system.sender_copy.de", text, "only-admin").status == 201
    assert api("agent", "DELETE", "/templates/system.sender_copy.de").status == 403
    assert api("agent", "DELETE", "/templates/answer").status == 204
    assert [item["id"] for item in api("agent", "GET", "/templates").items] == ["system.sender_copy.de"]


@pytest.mark.parametrize("text", SystemText)
def test_system_texts(api: Api, text: SystemText) -> None:
    """Each shipped text can be replaced, in each language or in all."""
    body = {"name": "Ours", "text": "About {{ mailbox.address }}"}
    for language in Language:
        assert put(api, f"{text}.{language}", body).json["language"] == language
    assert put(api, text, body).json["language"] is None
    assert put(api, f"{text}.de", body | {"language": "fr"}).wrong_fields == ["language"]
    assert put(api, text, body | {"language": "ru"}).wrong_fields == ["language"]
    assert put(api, text, body | {"language": "fr"}).status == 200
    for wrong in (f"{text}.ru", f"{text}.", f"{text}.de.de", f"{text}x"):
        assert put(api, wrong, body).wrong_fields == ["id"]
    # Nobody writes these emails, and a sender's copy is about no case.
    for field in ("agent.name", *(["case.number"] if text is SystemText.SENDER_COPY else [])):
        assert put(api, text, {"name": "Ours", "text": f"{{{{ {field} }}}}"}).wrong_fields == ["text"]


def test_preview(api: Api, mail: MailBucket) -> None:
    """With a case, its values are inserted; what has no value is named, and stays."""
    case = record_case(mail, 1, subject="<Leave> {{ agent.name }}")
    put(api, "answer", ANSWER | {"html": "<p>{{ case.subject }}</p>"})
    number = f"{case.case_id[:4]}-{case.case_id[4:8]}-{case.case_id[8:]}"
    for named in (case.case_id, number):
        assert api("agent", "POST", "/templates/answer/preview", {"case_id": named}).json == {
            "subject": f"Case {number}",
            "text": "Dear Jo Doe,\n<Leave> {{ agent.name }} (Payroll)\n{{ agent.name }}",
            "html": "<p>&lt;Leave&gt; {{ agent.name }}</p>",
            "missing": ["agent.name"],
        }
    empty = api("agent", "POST", "/templates/answer/preview", {}).json
    assert empty["subject"] == ANSWER["subject"]
    assert empty["missing"] == ["case.number", "employee.name", "case.subject", "case.topic", "agent.name"]


def test_preview_of_html_only(api: Api) -> None:
    put(api, "answer", {"name": "A", "html": "<p>Hello<br>World</p>"})
    assert api("agent", "POST", "/templates/answer/preview", {"case_id": None}).json == {
        "subject": None,
        "text": "Hello\nWorld\n",
        "html": "<p>Hello<br>World</p>",
        "missing": [],
    }


def test_preview_of_hidden_case(api: Api, mail: MailBucket) -> None:
    """A hidden case gets the same answer as one that does not exist."""
    put(api, "answer", ANSWER)
    hidden = record_case(mail, 1, service_group="secret").case_id
    url = "/templates/answer/preview"
    answers = [api("agent", "POST", url, {"case_id": named}) for named in (hidden, "ZZZZZZZZZ0", "", "x")]
    assert [answer.wrong_fields for answer in answers] == [["case_id"]] * 4
    assert answers[0].json == answers[1].json
    assert api("agent", "POST", url, {"case": "x"}).wrong_fields == ["case"]


def test_pages(api: Api) -> None:
    for n in range(5):
        put(api, f"t{n}", {"name": "T", "text": "x"})
    seen: list[list[str]] = []
    url = "/templates?limit=2"
    while url:
        page = api("agent", "GET", url).json
        seen.append([item["id"] for item in page["items"]])
        url = f"/templates?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == [["t0", "t1"], ["t2", "t3"], ["t4"]]


def test_long_templates(api: Api) -> None:
    """A page ends before it is too long to answer. A long template is short in the table."""
    longest = "Dear colleague, please send us the form. " * 1560
    assert put(api, "long", {"name": "T", "text": longest}).status == 201
    many = MAX_PAGE_CHARACTERS // len(longest) + 5
    for n in range(many):
        template_row(Template(f"t{n:04}", "T", text=longest)).save()
    first = api("agent", "GET", "/templates?limit=200").json
    assert len(first["items"]) < many
    rest = api("agent", "GET", f"/templates?limit=200&cursor={first['next_cursor']}").json
    assert len(first["items"]) + len(rest["items"]) == many + 1
    row = TemplateRow.get(*keys.template("long"))
    assert len(row.content) < 2_000


def test_at_the_same_time(api: Api) -> None:
    """Two writers of one template: the last one wins, and none fails."""
    made: list[bool] = []
    templates = [Template("answer", f"T{n}", text="x") for n in range(4)]

    def write(template: Template) -> None:
        made.append(TemplateStore.put(template, begin_act(template.name, RECEIVED, 1)))

    threads = [threading.Thread(target=write, args=(one,)) for one in templates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]
    assert api("agent", "GET", "/templates/answer").json["name"] in {template.name for template in templates}


def test_audit(api: Api) -> None:
    """Each change leaves a record, which names the parts and shows none of them; a repeated change leaves none."""
    for language in ("en", "en", "de"):
        put(api, "answer", ANSWER | {"language": language})
    api("admin", "DELETE", "/templates/answer")
    records = [
        (one["action"], one["target"], one["fields"], one["before"], one["after"])
        for one in api("admin", "GET", "/audit").items
    ]
    parts = ["html", "language", "name", "subject", "text"]
    assert records == [
        ("template.delete", "answer", parts, {"language": "de"}, None),
        ("template.put", "answer", ["language"], {"language": "en"}, {"language": "de"}),
        ("template.put", "answer", parts, None, {"language": "en"}),
    ]
