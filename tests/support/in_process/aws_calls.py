"""Records the calls to AWS that this process makes, and can end the process at one of them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from botocore.client import BaseClient


class Killed(BaseException):
    """Ends the process at this point. No code catches this exception."""


@dataclass
class AwsCalls:
    """The calls in order. `kill` is the point where the process ends: number of the call (from 0), `before` or
    `after`."""

    made: list[tuple[str, Any]] = field(default_factory=list)
    kill: tuple[int, str] | None = None

    def begin(self, kill: tuple[int, str] | None = None) -> None:
        """Drops the calls recorded so far."""
        self.made.clear()
        self.kill = kill

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.made]

    def parameters(self, name: str) -> list[Any]:
        """The parameters of each call with this name."""
        return [parameters for made, parameters in self.made if made == name]


def watch(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """Records calls from now on. Calls run one at a time, because conditional writes of moto are not thread-safe."""
    calls = AwsCalls()
    lock = threading.Lock()

    def make(_: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        number = len(calls.made)
        calls.made.append((name, parameters))
        if calls.kill == (number, "before"):
            raise Killed
        with lock:
            answer = call()
        if calls.kill == (number, "after"):
            raise Killed
        return answer

    intercept(monkeypatch, make)
    return calls


Call = Callable[[], Any]
"""Makes the call; it answers, or raises a ClientError."""


def intercept(patched: pytest.MonkeyPatch, make: Callable[[BaseClient, str, Any, Call], Any]) -> None:
    """From now on `make` handles each call; it gets the client, the name and the parameters."""
    # Private to botocore, but the only place that the calls of all clients pass.
    original = BaseClient._make_api_call  # type: ignore[attr-defined]  # its types have only what is public

    def intercepted(client: BaseClient, name: str, parameters: Any) -> Any:
        return make(client, name, parameters, partial(original, client, name, parameters))

    patched.setattr(BaseClient, "_make_api_call", intercepted)


def meanwhile(patched: pytest.MonkeyPatch, name: str, do: Callable[[], object], parameters: str = "") -> list[str]:
    """Does something else right before the next call of this name whose parameters hold this text.

    The calls of that something are made as they are. The returned list is empty until it is done.
    """
    done: list[str] = []

    def make(_: BaseClient, called: str, given: Any, call: Call) -> Any:
        if not done and called == name and parameters in str(given):
            done.append(name)
            do()
        return call()

    intercept(patched, make)
    return done
