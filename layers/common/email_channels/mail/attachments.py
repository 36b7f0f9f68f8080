"""Makes attachments from the parts that are not body, with their names, sizes and digests."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.filenames import filename_of
from email_channels.mail.message import Attachment
from email_channels.mail.message_ids import message_id
from email_channels.mail.parts import Part

_CID_URL: Final = expression(r"cid:([^\s\"'<>()]{1,500})", re.IGNORECASE)
_PERCENT_ENCODED: Final = expression("%([0-9A-Fa-f]{2})")


def make_attachment(part: Part, number: int, html: str | None, shown: frozenset[str]) -> tuple[Attachment, str | None]:
    """The `number`-th attachment (from 1), and its defect (or None). `shown` is `content_ids_in(html)`."""
    content, defect = part.decoded_body() if not part.children else (part.raw_body(), None)
    name = filename_of(part, content, number)
    content_id = message_id(raw) if (raw := part.field("content-id")) is not None else None
    inline = content_id in shown or _is_located_in(html, part)
    return attachment_of(name, part.content_type, content, content_id, inline), defect


def attachment_of(
    name: str, content_type: str, content: bytes, content_id: str | None = None, inline: bool = False
) -> Attachment:
    """An attachment with this content."""
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name, content_type, len(content), digest, content_id, inline, content)


def content_ids_in(html: str | None) -> frozenset[str]:
    """The Content-IDs that HTML shows, both as written in its `cid:` URLs and percent-decoded (RFC 2392)."""
    found = set(_CID_URL.findall(html or ""))
    return frozenset(found | set(map(_percent_decoded, found)))


def _percent_decoded(reference: str) -> str:
    return _PERCENT_ENCODED.sub(lambda match: chr(int(match[1], 16)), reference)


def _is_located_in(html: str | None, part: Part) -> bool:
    """Whether the HTML body refers to the part by its Content-Location (RFC 2557)."""
    location = (part.field("content-location") or b"").decode("latin-1").strip()
    return html is not None and len(location) > 3 and location in html
