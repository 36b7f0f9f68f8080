"""The limits of what agents and admins write: requests, drafts, templates, signatures."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from email_channels.api.address_grammar import is_address, sendable_address
from email_channels.api.idempotency import optional_key
from email_channels.api.paging import paging_of
from email_channels.api.validation import Body, field_name
from email_channels.cases.people.person import name_of
from email_channels.errors import BadRequest, Invalid
from email_channels.outbound.attachment_checks import _PART_HEADER_BYTES, _STRUCTURE_BYTES, attachment_errors
from email_channels.outbound.drafts import read_draft
from email_channels.outbound.merge_fields import MergeField, field_errors, merged
from email_channels.outbound.mime_parts import encoded_size

from functions.agent_api.configuration.templates import _check_parts
from functions.agent_api.people.me import _signature_of
from tests.support.system.images import data_url, png

_TO = {"to": ["jo@elsewhere.example"], "subject": "Leave"}


def _is_sent(**parts: Any) -> bool:
    return read_draft({**_TO, **parts})[1] == ()


def page(limit: int) -> bool:
    try:
        return paging_of({"limit": str(limit)}, "/cases").limit == limit
    except Invalid:
        return False


def place_bytes(count: int) -> bool:
    """Of the place in a cursor, which is made as the API makes it."""
    binding = paging_of({}, "/cases").binding
    cursor = base64.urlsafe_b64encode(json.dumps([binding, "x" * count]).encode()).decode()
    try:
        return paging_of({"cursor": cursor}, "/cases").place == "x" * count
    except BadRequest:
        return False


def key_characters(count: int) -> bool:
    try:
        return optional_key("x" * count) == "x" * count
    except Invalid:
        return False


def errors(count: int) -> bool:
    """All of them are in the answer."""
    body = Body({}, {})
    for n in range(count):
        body.refuse(f"field{n}", "is wrong")
    try:
        body.accepted()
    except Invalid as invalid:
        return len(invalid.errors) == count
    return False


def field_name_characters(count: int) -> bool:
    """Of a field that is named in an error."""
    return field_name(["x" * count]) == "x" * count


def local_part(count: int) -> bool:
    return is_address("x" * count + "@b.example")


def domain_bytes(count: int) -> bool:
    label = "x" * 61
    rest = count - len(f"{label}.{label}.{label}.") - len(".example")
    return is_address(f"jo@{label}.{label}.{label}.{'x' * rest}.example")


def label_bytes(count: int) -> bool:
    return is_address(f"jo@{'x' * count}.example")


def _is_sendable(address: str) -> bool:
    try:
        return sendable_address(address) == address
    except ValueError:
        return False


def sendable_address_characters(count: int) -> bool:
    domain = ".".join(["x" * 47] * 4)
    return _is_sendable(f"{'j' * (count - len(domain) - 1)}@{domain}")


def recipients(count: int) -> bool:
    """In To, Cc and Bcc together."""
    addresses = [f"a{n}@acme.example" for n in range(count)]
    return _is_sent(to=addresses[:1], cc=addresses[1:20], bcc=addresses[20:], text="t")


def sent_bytes(count: int) -> bool:
    """Each byte of a text may need three."""
    text, rest = divmod(count - _STRUCTURE_BYTES, 3)
    return attachment_errors({}, {}, "x" * (text + (rest > 0)), None) == ()


def sent_bytes_with_image(count: int) -> bool:
    """An image that the HTML holds counts as it is encoded."""
    image = 6_000_000
    text, rest = divmod(count - _STRUCTURE_BYTES - _PART_HEADER_BYTES - encoded_size(image), 3)
    return attachment_errors({}, {}, "x" * (text + (rest > 0)), None, [image]) == ()


def pasted_images(count: int) -> bool:
    images = "".join(f'<img src="{data_url(png(n))}">' for n in range(count))
    return _is_sent(html=images)


def images_and_attachments(count: int) -> bool:
    """Attachments count, too."""
    images = "".join(f'<img src="{data_url(png(n))}">' for n in range(count - 50))
    return _is_sent(html=images, attachments=[f"UP{n}" for n in range(50)])


def html_tags(count: int) -> bool:
    """Each stands in the one before: no depth is refused for itself."""
    return _is_sent(html="<b>" * count + "x")


def html_characters(count: int) -> bool:
    """An image of a `data:` URL does not count, except for its place."""
    image = f'<img src="{data_url(png())}">'
    draft, wrong = read_draft({**_TO, "html": f"<p>x</p>{image}"})
    assert wrong == ()
    assert draft.html is not None
    return _is_sent(html=f"<p>{'x' * (count - len(draft.html.marked) + 1)}</p>{image}")


def template_bytes(count: int) -> bool:
    """Of text and HTML together, in UTF-8."""
    text, html = "ü" * 10_000, "ü" * ((count - 20_000) // 2) + "x" * (count % 2)
    body = Body({"subject": "s", "text": text, "html": html}, {})
    _check_parts(body, "welcome", html)
    return not body.errors


def signature_bytes(count: int) -> bool:
    """Of text and HTML together, in UTF-8. An umlaut has two bytes."""
    body = Body({"text": "ü" * 10_000, "html": "<p>x</p>" + "ü" * ((count - 20_008) // 2) + "x" * (count % 2)}, {})
    try:
        return _signature_of(body) is not None
    except Invalid:
        return False


def merge_fields(count: int) -> bool:
    return field_errors("{{ case.number }}" * count) is None


def merged_characters(count: int) -> bool:
    return merged("{{ case.subject }}", {MergeField.CASE_SUBJECT: "x" * count}) == "x" * count


def person_name(count: int) -> bool:
    return name_of("x" * count) == "x" * count


BOUNDS: Sequence[tuple[str, Callable[[int], bool]]] = (
    ("api.paging.MAX_LIMIT", page),
    ("api.paging.MAX_PLACE_BYTES", place_bytes),
    ("api.idempotency.MAX_KEY_CHARACTERS", key_characters),
    ("api.validation.MAX_ERRORS", errors),
    ("api.validation._LONGEST_NAME", field_name_characters),
    ("api.address_grammar._MAX_LOCAL_PART", local_part),
    ("api.address_grammar._MAX_DOMAIN", domain_bytes),
    ("api.address_grammar._MAX_LABEL", label_bytes),
    ("api.address_grammar._MAX_ADDRESS", sendable_address_characters),
    ("outbound.drafts.MAX_RECIPIENTS", recipients),
    ("outbound.drafts.MAX_HTML_CHARACTERS", html_characters),
    ("outbound.attachment_checks.MAX_SENT_BYTES", sent_bytes),
    ("outbound.attachment_checks.MAX_SENT_BYTES", sent_bytes_with_image),
    ("outbound.ad_hoc.inline_html.MAX_IMAGES", pasted_images),
    ("outbound.ad_hoc.inline_html.MAX_IMAGES", images_and_attachments),
    ("outbound.outgoing_html.MAX_OUTGOING_HTML_TAGS", html_tags),
    ("outbound.merge_fields.MAX_FIELDS", merge_fields),
    ("outbound.merge_fields.MAX_VALUE_CHARACTERS", merged_characters),
    ("cases.people.person.MAX_NAME", person_name),
    ("functions.agent_api.configuration.templates.MAX_TEMPLATE_BYTES", template_bytes),
    ("functions.agent_api.people.me.MAX_SIGNATURE_BYTES", signature_bytes),
)
