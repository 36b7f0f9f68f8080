"""Employees, and user mappings, which say for which employee a sender stands."""

from __future__ import annotations

from typing import Final

from email_channels.values import dataclass

MAX_USER_ID: Final = 128


def is_reserved(user_id: str) -> bool:
    """Whether a route below `/employees` has this path. An employee with such a user id could not be reached."""
    return user_id == "imports" or user_id.endswith("/erasure")


@dataclass(frozen=True, slots=True)
class Employee:
    """One employee. `emails` are kept as written. `population` is a group of employees that routing can depend on."""

    user_id: str
    name: str
    emails: tuple[str, ...]
    population: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class UserMapping:
    """In this mailbox, the sender `from_` (None: any sender) stands for the employee `user_id`."""

    id: str
    mailbox: str
    from_: str | None
    user_id: str
