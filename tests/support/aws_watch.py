"""Checks the calls to AWS that functions make in the process of the tests, as AWS would check them.

A call belongs to the function whose code (functions/<name>/) is below it on the stack. If a test calls a use case
directly, the call belongs to the only function with that use case. Calls of the tests themselves are not judged.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any

from local.judging.call_record import CallRecord
from local.judging.judge import FunctionJudge, Refusal
from local.judging.policies import Permission
from local.judging.required_permissions import RequiredPermission
from tests.support import permissions
from tests.support.paths import FUNCTIONS, PACKAGE

_FUNCTIONS = f"{FUNCTIONS}{os.sep}"
_PACKAGE = f"{PACKAGE}{os.sep}"

_USE_CASES = {
    f"intake{os.sep}batch": "inbound",
    f"followup{os.sep}delivery_events": "delivery",
    f"followup{os.sep}case_followup": "notify",
    f"followup{os.sep}purge": "purge",
    f"followup{os.sep}publishing": "events",
    f"followup{os.sep}arrivals": "reconcile",
    f"followup{os.sep}reconcile": "reconcile",
}
"""Modules of the package that one function alone uses."""

_PACKAGE_ALONE = "email_channels"


class Watch:
    """A judge for `local.judging.watched_calls`. It notes in `record` which permissions were used."""

    def __init__(self, record: CallRecord) -> None:
        self._record = record
        self._refusals: list[str] = []

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:
        judge = self._judge()
        if judge is not None:
            judge.call(service, operation, parameters, signing=signing)

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        judge = self._judge()
        if judge is not None:
            judge.not_found(service, operation, parameters)

    def take_refusals(self) -> list[str]:
        """The refusals since the last call of this method, each once."""
        taken, self._refusals = self._refusals, []
        return list(dict.fromkeys(taken))

    def _judge(self) -> FunctionJudge | None:
        caller = _caller()
        if caller is None:
            return None
        function, ours = caller, permissions.functions()

        def used(permission: Permission, need: RequiredPermission) -> None:
            self._record.used(function, permission, need)

        known = permissions.permissions(function) if function in ours else None
        return FunctionJudge(function, known, permissions.account(), used, self._refused)

    def _refused(self, refusal: Refusal) -> None:
        self._refusals.append(str(refusal))


def follow_pools() -> Callable[[], None]:
    """From now on, what a function gives to a pool of threads counts as its own. Returns a function that ends this."""
    submit = ThreadPoolExecutor.submit

    def submit_for(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        caller = _caller()

        def run() -> Any:
            _works_for.caller = caller
            return work(*arguments, **named)

        return submit(pool, run)

    def end() -> None:
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]  # as it was

    ThreadPoolExecutor.submit = submit_for  # type: ignore[method-assign,assignment]  # a plain function
    return end


_works_for = threading.local()


def _caller() -> str | None:
    """The function that makes the call; `email_channels` if only the package runs; None if neither does."""
    found = _caller_in(sys._getframe(2))
    given = getattr(_works_for, "caller", None)
    return given if found in {None, _PACKAGE_ALONE} and given else found


def _caller_in(frame: FrameType | None) -> str | None:
    function, use_case, package = None, None, False
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_FUNCTIONS):
            function = file[len(_FUNCTIONS) :].partition(os.sep)[0]
        elif file.startswith(_PACKAGE):
            package = True
            use_case = _USE_CASES.get(file[len(_PACKAGE) :].removesuffix(".py"), use_case)
        frame = frame.f_back
    return function or use_case or (_PACKAGE_ALONE if package else None)
