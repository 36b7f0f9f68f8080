"""Judges the calls of one function as AWS would: by its role's policies, and by the limits of the services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.judging import limits
from local.judging.needs import Need, Place, UnknownCall, needs, needs_of_a_miss
from local.judging.policies import Permission, allowing


@dataclass(frozen=True)
class Refusal:
    """Why AWS would refuse a call. `need` is what the policy does not allow, None where a limit is broken."""

    function: str
    service: str
    operation: str
    reason: str
    need: Need | None = None

    def __str__(self) -> str:
        return f"{self.function}: {self.service} {self.operation}: {self.reason}"


class FunctionJudge:
    """`permissions` None: the function's policies are not known, and only limits are judged.

    `used` is told of each permission that allowed a call, and what for; `refused` of each refusal: if it raises, the
    call is not made. With `signing`, a link is refused that would be refused to whoever follows it.
    """

    def __init__(
        self,
        function: str,
        permissions: Sequence[Permission] | None,
        place: Place,
        used: Callable[[Permission, Need], None],
        refused: Callable[[Refusal], None],
    ) -> None:
        self._function = function
        self._permissions = permissions
        self._place = place
        self._used = used
        self._refused = refused

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:  # noqa: ARG002  (a Judge)
        for complaint in limits.complaints(service, operation, parameters):
            self._refused(Refusal(self._function, service, operation, complaint))
        if self._permissions is None:
            return
        try:
            wanted = needs(service, operation, parameters, self._place)
        except UnknownCall as error:
            reason = f"which permissions {error} needs is not written down in local/judging/needs.py"
            self._refused(Refusal(self._function, service, operation, reason))
        else:
            self._judge(service, operation, wanted)

    def missed(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._permissions is not None:
            self._judge(service, operation, needs_of_a_miss(service, operation, parameters))

    def _judge(self, service: str, operation: str, wanted: Sequence[Need]) -> None:
        assert self._permissions is not None
        for need in wanted:
            permission = allowing(self._permissions, need)
            if permission is not None:
                self._used(permission, need)
                continue
            conditions = f" with {dict(need.context)}" if _covered(self._permissions, need) else ""
            reason = f"no {need.action} on {need.resource}{conditions} in its policy"
            self._refused(Refusal(self._function, service, operation, reason, need))


def _covered(permissions: Sequence[Permission], need: Need) -> bool:
    """Whether it is only for a condition that the need is not allowed."""
    return any(permission.covers(need) for permission in permissions)
