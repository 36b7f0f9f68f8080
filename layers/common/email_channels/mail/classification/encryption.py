"""Whether a message is encrypted, so that nobody but its recipient can read it (S/MIME, OpenPGP).

RFC 8551, section 3.4 (application/pkcs7-mime, enveloped and authEnveloped data), RFC 3156, section 4
(multipart/encrypted), RFC 9580, section 6.2 (ASCII armor).
"""

from __future__ import annotations

import re

from email_channels.expressions import expression
from email_channels.mail.message import InboundMessage

_ENVELOPED = expression(r"smime-type\s*=\s*\"?(?:auth)?-?enveloped-?data", re.IGNORECASE)
_PKCS7 = expression(r"\s*application/(?:x-)?pkcs7-mime\b", re.IGNORECASE)
_ARMOR = "-----BEGIN PGP MESSAGE-----"
_MOST_TYPE_CHARACTERS = 1_000


def is_encrypted(message: InboundMessage) -> bool:
    """Whether the text of the message is encrypted. Signed messages are not."""
    content_type = (message.header("content-type") or "")[:_MOST_TYPE_CHARACTERS]
    if content_type.strip().lower().startswith("multipart/encrypted"):
        return True
    if _PKCS7.match(content_type):
        # Opaque signing has the same type; without the parameter, the name of the file tells them apart.
        return bool(_ENVELOPED.search(content_type)) or ("smime-type" not in content_type.lower() and not message.text)
    return (message.text or "").lstrip().startswith(_ARMOR)
