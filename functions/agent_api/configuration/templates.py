"""`/templates`: texts for agents' emails, and those that replace the shipped texts of notices."""

from __future__ import annotations

from email_channels.api.access import Role
from email_channels.api.configuration_views import template_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.templates import Template, is_system_id, is_template_id, system_text_of
from email_channels.outbound.merge_fields import (
    SYSTEM_FIELDS,
    MergeField,
    agent_values,
    case_values,
    field_errors,
    has_field_in_style,
)
from email_channels.outbound.template_merging import merge
from email_channels.settings import Language

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.names import check_same
from functions.agent_api.work.visibility import visible_case

MAX_TEMPLATE_BYTES = 64_000
"""The most bytes of text and HTML together, in UTF-8. Pages of the list hold whole templates."""

_WRONG_ID = "must be 1 to 64 letters, digits, dots, underscores and hyphens"
_UNKNOWN_SYSTEM_ID = (
    "must not begin with system. unless it is that of a shipped text: "
    f"{', '.join(SYSTEM_FIELDS)}, each alone or with .<language>: {', '.join(Language)}"
)


def list_templates(call: ApiCall) -> Response:
    """All templates by id."""
    paging = call.paging()
    found, more = call.stores.templates.page(paging.limit, paging.place)
    return page_response(paging, ((template_json(template), template.id) for template in found), more)


def get(call: ApiCall) -> Response:
    """One template."""
    return _answer(_found(call))


def put(call: ApiCall) -> Response:
    """Creates or replaces a template. Those that replace shipped texts are for admins only."""
    template_id = call.path["id"]
    _require_editor(call, template_id)
    body = call.body("NewTemplate")
    _check_id(body, template_id)
    html = _clean_html(body, template_id)
    _check_parts(body, template_id, html)
    wanted = body.accepted()
    template = Template(
        id=template_id,
        name=wanted["name"],
        language=_language(body, template_id),
        subject=(wanted["subject"] or "").strip() or None,
        text=_clean_text(wanted["text"]),
        html=html,
    )
    made = call.stores.templates.put(template, call.act(), call.require_match)
    return _answer(template, 201 if made else 200)


def delete(call: ApiCall) -> Response:
    """Deletes a template. If it replaced a shipped text, that one is sent again."""
    template_id = call.path["id"]
    _require_editor(call, template_id)
    if not is_template_id(template_id) or not call.stores.templates.delete(template_id, call.act(), call.require_match):
        raise no_such("template")
    return Response(204)


def preview(call: ApiCall) -> Response:
    """What an email that the caller sends by the template says: for a case, or for none."""
    body = call.body("NewPreview")
    template = _found(call)
    case = None
    if (named := body.get("case_id")) is not None and (case := visible_case(call, named)) is None:
        body.refuse("case_id", "no case has this id")
    body.accepted()
    name = call.me().name
    values = case_values(case, name) if case else agent_values(name)
    merged = merge(template, values)
    parts = {"subject": merged.subject, "text": merged.text, "html": merged.html}
    return json_response(parts | {"missing": list(merged.missing)})


def _answer(template: Template, status: int = 200) -> Response:
    return json_response(template_json(template), status, {"etag": etag_of(template)})


def _found(call: ApiCall) -> Template:
    template_id = call.path["id"]
    template = call.stores.templates.get(template_id) if is_template_id(template_id) else None
    if template is None:
        raise no_such("template")
    return template


def _require_editor(call: ApiCall, template_id: str) -> None:
    if is_system_id(template_id):
        call.caller.require(Role.ADMIN)


def _check_id(body: Body, template_id: str) -> None:
    if not is_template_id(template_id):
        body.refuse("id", _WRONG_ID)
    elif is_system_id(template_id):
        found = system_text_of(template_id)
        if found is None or found[1] not in {None, *Language}:
            body.refuse("id", _UNKNOWN_SYSTEM_ID)
        elif body.get("language") not in {None, *([found[1]] if found[1] else Language)}:
            body.refuse("language", f"must be {found[1] or ', '.join(Language)}, or null")
    check_same(body, "id", template_id)


def _language(body: Body, template_id: str) -> str | None:
    """The language of the template; that in the id of a replaced text if the body has none."""
    found = system_text_of(template_id)
    language: str | None = body.get("language") or (found[1] if found else None)
    return language


def _check_parts(body: Body, template_id: str, html: str | None) -> None:
    """Refuses parts that are too long, or have fields that the template cannot have; and a template without parts."""
    found = system_text_of(template_id)
    allowed = SYSTEM_FIELDS[found[0]] if found else MergeField
    for name, part in (("subject", body.get("subject")), ("text", body.get("text")), ("html", html)):
        if part and (wrong := field_errors(part, allowed)):
            body.refuse(name, wrong)
    if html and has_field_in_style(html):
        body.refuse("html", "must have no merge field in a style")
    parts = [_clean_text(body.get("text")) or "", html or ""]
    if sum(len(part.encode()) for part in parts) > MAX_TEMPLATE_BYTES:
        body.refuse("text", f"text and html must have at most {MAX_TEMPLATE_BYTES:,} bytes together")
    is_wrong = not {"subject", "text", "html"}.isdisjoint(body.errors)
    if not is_wrong and not (body.get("subject") or "").strip() and not any(parts):
        body.refuse("text", "text, html or subject must not be empty")


def _clean_text(text: str | None) -> str | None:
    from email_channels.outbound.drafts import body_text  # not needed to read templates

    clean = body_text(text or "")
    return clean if clean.strip() else None


def _clean_html(body: Body, template_id: str) -> str | None:
    """The HTML as an email can hold it; None if the template has none, or if it is refused."""
    html: str | None = body.get("html")
    if not html:
        return None
    from email_channels.outbound.drafts import sendable_html  # not needed to read templates

    # Notices that the system sends have no inline images.
    clean, wrong = sendable_html(html, inline=not is_system_id(template_id))
    if wrong is not None:
        body.refuse("html", wrong)
    return clean
