"""The HTML of an agent's email with its inline images: what it names by `cid:`, and what it holds by `data:`. Pure.

Each image gets two content ids. One is in the API: that of the request, or `image1` for a `data:` URL. The other is in
the message. It is unique in the world, because a mail program that quotes an email in its reply keeps both emails'
images, and because a receiver must not be able to guess it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import field

from email_channels.expressions import expression
from email_channels.outbound.ad_hoc.images import (
    CONTENT_ID,
    NOT_READABLE,
    WRONG_TYPE,
    content_id_in,
    data_in,
    image_type,
    scheme_of,
    shown_data_url,
)
from email_channels.outbound.outgoing_html import inline_html
from email_channels.values import dataclass

MAX_IMAGES = 100
"""The most inline images and attachments of one email. Each is an object in the bucket."""

_MOST_SHOWN = 60
_NOT_IN_IDS = expression(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class PastedImage:
    """An image that the HTML held as a `data:` URL."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class InlineHtml:
    """Sanitised HTML, with a place for the content id of each image.

    `names` are the content ids as the API shows them, in the order in which the HTML first names them. `pasted` are the
    images of `data:` URLs, by content id.
    """

    marked: str
    mark: str = ""
    names: tuple[str, ...] = ()
    pasted: Mapping[str, PastedImage] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The HTML as the API shows it."""
        return self.with_ids({name: name for name in self.names})

    def with_ids(self, ids: Mapping[str, str]) -> str:
        """The HTML with these content ids in place of `names`."""
        if not self.names:
            return self.marked
        places = re.compile(rf"{self.mark}-(\d+)-")
        return places.sub(lambda place: ids[self.names[int(place[1])]], self.marked)


def read_inline_html(html: str, uploaded: Collection[str]) -> tuple[InlineHtml, str | None]:
    """The HTML with its images, and what is wrong with the first image that cannot be sent (None if all can).

    `uploaded` are the content ids of the uploads that are sent with it. Images at web addresses stay as they are.
    """
    images = _Images(uploaded)
    clean = inline_html(html, images.place)
    return InlineHtml(clean, images.mark, tuple(images.names), images.pasted), images.wrong


def html_with_data(html: str) -> tuple[str, str | None]:
    """The sanitised HTML of a template or a signature, whose images stay in `data:` URLs, and what is wrong with the
    first image that cannot be sent (None if all can)."""
    images = _Images(())
    return inline_html(html, lambda source: source if images.place(source) is not None else None), images.wrong


def wire_content_id(content_id: str, n: int, storage_id: str, domain: str) -> str:
    """The content id in the message of the image that is attachment `n` of the email with this storage id.

    It begins with the letters and digits of the id in the API, so that people recognise it.
    """
    name = _NOT_IN_IDS.sub("-", content_id.partition("@")[0]).strip("-")[:_MOST_SHOWN] or "image"
    return f"{name}.{n}.{storage_id.lower()}@{domain}"


class _Images:
    """Collects the images of one HTML, and the first error."""

    def __init__(self, uploaded: Collection[str]) -> None:
        self.mark = f"place-{secrets.token_hex(16)}"  # nobody can have written this into the HTML
        self.names: dict[str, int] = {}
        self.pasted: dict[str, PastedImage] = {}
        self.wrong: str | None = None
        self._uploaded = uploaded
        self._digests: dict[bytes, str] = {}
        self._seen = 0

    def place(self, source: str) -> str | None:
        """What takes the place of the address of an image; None if the image cannot be sent."""
        self._seen += 1
        match scheme_of(source):
            case "cid":
                name = self._named(content_id_in(source))
            case "data":
                name = self._pasted(source)
            case _:
                return source  # `lost_picture` refuses all others but those on the web
        if name is None:
            return None
        return f"cid:{self.mark}-{self.names.setdefault(name, len(self.names))}-"

    def _named(self, content_id: str) -> str | None:
        if content_id in self._uploaded:
            return content_id
        shown = content_id if CONTENT_ID.fullmatch(content_id) else repr(content_id[:_MOST_SHOWN])
        self._refuse(f"names an image that is not among the attachments: cid:{shown[:_MOST_SHOWN]}")
        return None

    def _pasted(self, source: str) -> str | None:
        content = data_in(source)
        kind = image_type(content) if content is not None else None
        if content is None or kind is None:
            shown = shown_data_url(source)
            declared = shown.lower() in {"data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif"}
            self._refuse(
                f"has an image that cannot be sent: image {self._seen} ({shown}) "
                f"{NOT_READABLE if declared else WRONG_TYPE}"
            )
            return None
        digest = hashlib.sha256(content).digest()
        if (known := self._digests.get(digest)) is not None:
            return known
        if len(self.pasted) >= MAX_IMAGES:
            self._refuse(f"must have at most {MAX_IMAGES} different images, together with the attachments")
            return None
        number = len(self.pasted) + 1
        while (name := f"image{number}") in self._uploaded or name in self.pasted:
            number += 1
        self._digests[digest] = name
        self.pasted[name] = PastedImage(kind, content)
        return name

    def _refuse(self, message: str) -> None:
        self.wrong = self.wrong or message
