"""`/me`: who the caller is, and the signature that clients insert into the caller's emails."""

from __future__ import annotations

from email_channels.api.access import Role
from email_channels.api.case_views import Document
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.people.signature import Signature

from functions.agent_api.api_call import ApiCall

MAX_SIGNATURE_BYTES = 64_000
"""The most bytes of text and HTML together, in UTF-8."""


def get(call: ApiCall) -> Response:
    """The caller, as their token describes them."""
    agent = call.me().agent
    signature = call.stores.signatures.get(call.caller.subject, call.now)
    return json_response(
        {
            "user": agent.user,
            "name": agent.name,
            "roles": [role for role in Role if role in call.caller.roles],
            "service_groups": sorted(call.caller.groups),
            "signature": _signature_json(signature),
        }
    )


def put_signature(call: ApiCall) -> Response:
    """Replaces the caller's signature; one without text and HTML removes it. Returns it as it is kept."""
    signature = _signature_of(call.body("NewSignature"))
    call.stores.signatures.put(call.caller.subject, signature, call.now, call.act())
    return json_response(_signature_json(signature or Signature("", None)))


def _signature_of(body: Body) -> Signature | None:
    from email_channels.outbound.drafts import body_text, sendable_html  # most requests do not need them

    html: str | None = body.get("html") or None
    if html is not None:
        html, wrong = sendable_html(html, inline=True)
        if wrong is not None:
            body.refuse("html", wrong)
    text = body_text(body.get("text") or "")
    if len(text.encode()) + len((html or "").encode()) > MAX_SIGNATURE_BYTES:
        body.refuse("text", f"text and html must have at most {MAX_SIGNATURE_BYTES:,} bytes together")
    body.accepted()
    if html is not None and not text.strip():
        from email_channels.mail.html import html_to_text

        text = html_to_text(html).strip()
    return Signature(text, html) if text.strip() or html is not None else None


def _signature_json(signature: Signature | None) -> Document | None:
    return {"text": signature.text, "html": signature.html} if signature else None
