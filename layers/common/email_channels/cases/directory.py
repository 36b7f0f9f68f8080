"""Employees, and mappings that say for whom a sender stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Employee:
    """A row of the directory. `emails` as written; `population` is a group of employees for routing (may be None)."""

    user_id: str
    name: str
    emails: tuple[str, ...]
    population: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class UserMapping:
    """In this mailbox, a sender (or everybody, if `from_` is None) stands for the employee `user_id`."""

    id: str
    mailbox: str
    from_: str | None
    user_id: str
