"""Who calls the API, and what they may see.

Roles and service groups come from one claim of the token (GroupsClaim). It can hold `agent`, `admin` and
`group.<service group id>`. The authorizer of API Gateway has already verified the token (`token_claims`).

- Admins may use the routes of agents, too, because admins may see and configure everything.
- An agent sees the cases of the groups in the token, and of groups that are not secured. Admins see all cases.

A token may name many groups, and each request reads it. So what is done with each of them is a step of a list, without
a call of a function where that is possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from email_channels.errors import Forbidden
from email_channels.values import dataclass

GROUP_PREFIX = "group."
_PREFIX_END = len(GROUP_PREFIX)

# Claims that name a person, best first. Access tokens of Cognito hold only `username`, which is a UUID if people sign
# in with an email address.
_NAMING_CLAIMS = ("preferred_username", "username", "email", "cognito:username", "sub")

_BLANK = " "
"""What separates the values of a claim, beside commas."""

# Some identity providers send only these parts of a name.
_NAME_PARTS = ("given_name", "family_name")


class Role(StrEnum):
    """What a caller may do. `ADMIN` includes `AGENT`."""

    AGENT = "agent"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person (or program) behind a request.

    `user` is the name that the identity provider shows for them, for example in "held by". `subject` never changes.
    `name` and `email` are None if the token does not hold them. `groups` are ids of service groups.
    """

    user: str
    subject: str
    roles: frozenset[Role]
    groups: frozenset[str]
    name: str | None = None
    email: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the caller may see and configure everything."""
        return Role.ADMIN in self.roles

    def require(self, role: Role) -> None:
        """Raises Forbidden if the caller does not have the role. Admins have every role."""
        if role not in self.roles and not self.is_admin:
            raise Forbidden(f"This request needs the role {role.value}. The token does not contain it.")

    def sees(self, service_group: str, open_groups: frozenset[str]) -> bool:
        """Whether the caller may see cases of this service group. `open_groups` are the groups that are not secured."""
        return self.is_admin or service_group in self.groups or service_group in open_groups


def caller_of(claims: Mapping[str, object], groups_claim: str) -> Caller:
    """The caller of a request, from the claims of the verified token. Never raises."""
    held = _values(claims.get(groups_claim))
    subject = _text(claims.get("sub"))
    return Caller(
        user=next((text for name in _NAMING_CLAIMS if (text := _text(claims.get(name)))), "unknown"),
        subject=subject or "unknown",
        roles=frozenset(role for role in Role if role.value in held),
        groups=frozenset([value[_PREFIX_END:] for value in held if value[:_PREFIX_END] == GROUP_PREFIX]),
        name=_text(claims.get("name")) or " ".join(filter(None, map(_text, map(claims.get, _NAME_PARTS)))) or None,
        email=_text(claims.get("email")) or None,
    )


def _values(claim: object) -> frozenset[str]:
    """The values of a claim: those of an array, or those of a text with commas.

    Pre-token triggers of Cognito's first version can only add texts (`agent,group.default`). Cognito itself writes
    several values of an attribute as `[agent, group.default]`. A value is compared whole: a group named `HR admin` is
    not the role `admin`. Nor is one whose name begins with a white space other than the blank that separates values.
    """
    if isinstance(claim, list | tuple):
        return frozenset([value for value in claim if isinstance(value, str)])
    text = claim.strip(_BLANK) if isinstance(claim, str) else ""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return frozenset([value for part in text.split(",") if (value := part.strip(_BLANK))])


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
