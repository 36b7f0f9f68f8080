"""What a check gets: the stack, the clients, and what it needs to look and to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from tools.smoke.cleanup import Cleanup
from tools.smoke.clients import Clients
from tools.smoke.findings import Finding
from tools.smoke.name_servers import Resolver
from tools.smoke.stack import DeployedStack
from tools.smoke.waiting import Waiting
from tools.smoke.workplace import Workplace


@dataclass
class Run:
    """One run of the program."""

    stack: DeployedStack
    clients: Clients
    resolver: Resolver
    cleanup: Cleanup
    waiting: Waiting

    @cached_property
    def workplace(self) -> Workplace:
        """Where the test makes a case of its own."""
        return Workplace(self.clients, self.stack, self.cleanup, self.waiting)


@dataclass(frozen=True)
class Check:
    """A check. `about` says in a few words what it looks at, and `changes` what it changes, in sentences."""

    name: str
    about: str
    look: Callable[[Run], Iterable[Finding]]
    changes: tuple[str, ...] = ()
