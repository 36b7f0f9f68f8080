"""How audit records name what was changed.

Most targets are what the API names a thing by: an address, an id, a name. A person is only an HMAC of the user id.
"""

from __future__ import annotations

import hashlib
import hmac

from email_channels.cases.references import SigningKeys

# 128 bits, in hexadecimal.
_PERSON_CHARACTERS = 32


def email_target(case_id: str, email_id: str) -> str:
    """The target of a change of an email: the ids of its case and of the email."""
    return f"{case_id}/{email_id}"


def person_target(user_id: str, keys: SigningKeys) -> str:
    """The target of a change of a person: an HMAC of the user id, with a key that is not in the table.

    User ids are easy to guess, so a plain hash would tell them. The key is derived from the current signing key.
    """
    return _person_target(user_id, keys.current)


def person_targets(user_id: str, keys: SigningKeys) -> tuple[str, ...]:
    """The targets that a person's records may have: one for each key, because the signing key may have been rotated."""
    return tuple(_person_target(user_id, key) for key in (keys.current, *keys.previous))


def _person_target(user_id: str, key: str) -> str:
    # The prefix separates this use of the key from the signatures of case references.
    text = f"audit\n{user_id}".encode("utf-8", "replace")
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()[:_PERSON_CHARACTERS]
