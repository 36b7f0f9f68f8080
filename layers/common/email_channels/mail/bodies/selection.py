"""Decides which parts are body, and which are attachments.

The rules are those of RFC 8621, section 4.1.4, and three more that mail programs follow: parts of an alternative are
body even if they have a file name; text and HTML next to each other that say the same are one body; attached messages
are never body.
"""

from __future__ import annotations

from typing import Final

from email_channels.mail.attachments import attachment_of
from email_channels.mail.bodies.content import Content, Segment
from email_channels.mail.bodies.stand_ins import stands_for_html
from email_channels.mail.bodies.texts import add_text, clean
from email_channels.mail.containers.smime import signed_content
from email_channels.mail.containers.tnef import is_tnef, unpack_tnef
from email_channels.mail.filenames import derived_name, safe_name, sent_name
from email_channels.mail.limits import MAX_BODY_BYTES, MAX_UNWRAPPED
from email_channels.mail.mime import read_tree
from email_channels.mail.parts import Part

_TEXT_TYPES: Final = frozenset(
    (
        "text/plain",
        "text/html",
        "text/enriched",
        "text/richtext",
        "text/markdown",
        "text/x-markdown",
        "text/x-plain",
    )
)
_CONTAINER_TYPES: Final = frozenset(
    (
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    )
)
# Alternatives that few mail programs show. They say less than the other ones, and nobody attached them as files.
# https://amp.dev/documentation/guides-and-tutorials/email/learn/email-spec/amp-email-structure
_SHOWN_BY_FEW: Final = frozenset(("text/x-amp-html", "text/watch-html"))


def collect(root: Part) -> Content:
    """Body and attachments of a message."""
    content = Content(root=root)
    _collect(root, content, is_first=True, is_only=True, parent="")
    return content


def _collect(part: Part, content: Content, *, is_first: bool, is_only: bool, parent: str) -> None:
    """Add a part to `content`. `parent` is the type of the multipart around it, "" for the root.

    `is_first` and `is_only` say whether the part is the first one, and the only one, in that multipart.
    """
    if part.children:
        _collect_multipart(part, content, is_root=not parent)
    else:
        _collect_leaf(part, content, is_first=is_first, is_only=is_only, parent=parent)


def _collect_multipart(part: Part, content: Content, *, is_root: bool) -> None:
    if part.disposition == "attachment" and not is_root:
        content.parts.append(part)
    elif part.content_type == "multipart/alternative":
        _collect_alternative(part, content)
    elif part.content_type == "multipart/related":
        _collect_related(part, content)
    elif part.content_type == "multipart/encrypted":
        content.parts.extend(part.children)
    else:
        for index, child in enumerate(part.children):
            _collect(child, content, is_first=index == 0, is_only=len(part.children) == 1, parent=part.content_type)


def _collect_leaf(part: Part, content: Content, *, is_first: bool, is_only: bool, parent: str) -> None:
    if part.content_type.startswith("multipart/"):  # it has no delimiters, so everything in it is text
        if not parent or part.raw_body().strip():
            add_text(part, content)
    elif _is_body(part, is_first=is_first, is_only=is_only, parent=parent):
        add_text(part, content)
    elif parent or part.declared or part.raw_body().strip():
        content.parts.append(part)
        if _is_shown_file(part, parent=parent):
            add_text(part, content, is_attached=True)
        if part.content_type in _CONTAINER_TYPES or sent_name(part).lower() == "winmail.dat":
            _open_container(part, content)


def _is_body(part: Part, *, is_first: bool, is_only: bool, parent: str) -> bool:
    if part.content_type not in _TEXT_TYPES:
        return False
    if part.disposition == "attachment" and (part.has_disposition or not is_only):
        return False
    if is_first or parent == "multipart/alternative":
        return True
    if sent_name(part):
        return False
    return parent != "multipart/related" or part.field("content-id") is None


def _is_shown_file(part: Part, *, parent: str) -> bool:
    """Whether a part is a text file that the sender's program showed between the texts (RFC 2183, section 2.1).

    Apple Mail, Netscape and Mutt send files so. An HTML file is not shown: it would be a second page within the first.
    """
    if part.disposition != "inline" or part.content_type not in _TEXT_TYPES or part.content_type == "text/html":
        return False
    return parent != "multipart/related" and part.seems_text()


def _collect_alternative(part: Part, content: Content) -> None:
    """Add the richest alternative as HTML, and the plainest as text (RFC 2046, section 5.1.4). Ignores empty ones."""
    texts: list[str] = []
    htmls: list[str] = []
    shown = [child for child in part.children if child.content_type not in _SHOWN_BY_FEW] or part.children
    for index, child in enumerate(shown):
        inner = Content(budget=content.budget, root=content.root)
        _collect(child, inner, is_first=index == 0, is_only=len(shown) == 1, parent=part.content_type)
        inner_texts = [segment.text for segment in inner.segments if segment.text is not None]
        inner_htmls = [segment.html for segment in inner.segments if segment.html is not None]
        if inner_texts and (not texts or (_says_something(inner_texts) and not _says_something(texts))):
            texts = inner_texts
        if inner_htmls and (not htmls or _says_something(inner_htmls)):
            htmls = inner_htmls
        content.parts.extend(inner.parts)
        content.files.extend(inner.files)
        content.defects.extend(inner.defects)
    if texts and htmls and stands_for_html("\n".join(texts), "\n".join(htmls), content):
        texts = []
    if texts or htmls:
        content.segments.append(Segment("\n".join(texts) if texts else None, "\n".join(htmls) if htmls else None))


def _says_something(texts: list[str]) -> bool:
    return any(text.strip() for text in texts)


def _collect_related(part: Part, content: Content) -> None:
    """Add the root as body and the other parts as attachments (RFC 2387: the root is `start`, or the first part)."""
    root = _root_of_related(part)
    _collect(root, content, is_first=True, is_only=len(part.children) == 1, parent=part.content_type)
    for child in part.children:
        if child is not root:
            _collect(child, content, is_first=False, is_only=False, parent=part.content_type)


def _root_of_related(part: Part) -> Part:
    if start := part.parameters.get("start", "").strip().strip("<>"):
        for child in part.children:
            content_id = child.field("content-id")
            if content_id is not None and content_id.decode("latin-1").strip().strip("<>") == start:
                return child
    return part.children[0]


def _open_container(part: Part, content: Content) -> None:
    """Add the content of a container: a winmail.dat of Outlook, or a signed message. The part itself stays attached.

    A body in the container counts only if there is no body outside. Otherwise it would say the same again.
    """
    content.containers += 1
    if content.containers > MAX_UNWRAPPED:
        content.defects.append("too many containers: the rest was not unpacked")
        return
    data, _ = part.decoded_body()
    if is_tnef(data):
        _add_tnef(data, content)
    elif (signed := signed_content(data)) is not None and not content.has_body:
        inner, defects = read_tree(signed)
        content.defects.extend(defects)
        _collect(inner, content, is_first=True, is_only=True, parent="")


def _add_tnef(data: bytes, content: Content) -> None:
    unpacked = unpack_tnef(data)
    if unpacked.is_cut:
        content.defects.append("too many files in winmail.dat: the rest was not unpacked")
    if unpacked.is_damaged:
        content.defects.append("winmail.dat is damaged: only the part before the damage was unpacked")
    for number, file in enumerate(unpacked.files, start=1):
        name = safe_name(file.name) or derived_name(file.content_type, number)
        content.files.append(attachment_of(name, file.content_type, file.content, file.content_id))
    if not content.has_body and (unpacked.text or unpacked.html):
        text, html = (clean(body[:MAX_BODY_BYTES]) if body else None for body in (unpacked.text, unpacked.html))
        if max(len(unpacked.text or ""), len(unpacked.html or "")) > MAX_BODY_BYTES:
            content.defects.append("body too long: only its beginning is shown; the full text is in winmail.dat")
        content.segments.append(Segment(text, html))
