"""Removes scripts and forms from the HTML of agents' emails, and finds HTML with too many tags to parse quickly."""

from __future__ import annotations

import re

MAX_OUTGOING_HTML_TAGS = 15_000
"""The time to parse grows with the square of the depth of nested tags. A long newsletter has about 5,000 tags."""

_TAG = re.compile(r"<[A-Za-z]")


def has_too_many_tags(html: str) -> bool:
    """Whether the HTML has more than MAX_OUTGOING_HTML_TAGS tags."""
    return sum(1 for _ in _TAG.finditer(html)) > MAX_OUTGOING_HTML_TAGS


def outgoing_html(html: str) -> str:
    """The HTML without scripts, forms and other active content. Even an agent's email may quote a stranger's HTML.

    Images stay as they are: recipients' mail programs ask before they load them.
    """
    import nh3  # loaded only when needed, because most emails are text

    attributes = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
    attributes["font"] = {"color", "face", "size"}
    attributes["table"] |= {"border", "cellpadding", "cellspacing"}
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"font", "big", "tfoot"},
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
