"""Judges the calls of one function as AWS does: by the policies of its role, and by the limits of the services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.judging import service_limits
from local.judging.policies import Permission, allowing
from local.judging.required_permissions import (
    AwsAccount,
    RequiredPermission,
    UnknownOperation,
    permissions_for_not_found,
    required_permissions,
)


@dataclass(frozen=True)
class Refusal:
    """Why AWS would refuse a call. `need` is the permission that the policy lacks, or None if a limit is exceeded."""

    function: str
    service: str
    operation: str
    reason: str
    need: RequiredPermission | None = None

    def __str__(self) -> str:
        return f"{self.function}: {self.service} {self.operation}: {self.reason}"


class FunctionJudge:
    """Checks each call. If `permissions` is None, the policies are not known, and only limits are checked.

    `used` gets each permission that allowed a call, and the need that it met. `refused` gets each refusal. If it
    raises, the call is not made. Signed links are judged when they are signed.
    """

    def __init__(
        self,
        function: str,
        permissions: Sequence[Permission] | None,
        account: AwsAccount,
        used: Callable[[Permission, RequiredPermission], None],
        refused: Callable[[Refusal], None],
    ) -> None:
        self._function = function
        self._permissions = permissions
        self._account = account
        self._used = used
        self._refused = refused

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:  # noqa: ARG002  (a Judge)
        for violation in service_limits.violations(service, operation, parameters):
            self._refused(Refusal(self._function, service, operation, violation))
        if self._permissions is None:
            return
        try:
            wanted = required_permissions(service, operation, parameters, self._account)
        except UnknownOperation as error:
            reason = f"local/judging/required_permissions.py does not list the permissions for {error}"
            self._refused(Refusal(self._function, service, operation, reason))
        else:
            self._judge(service, operation, wanted)

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._permissions is not None:
            self._judge(service, operation, permissions_for_not_found(service, operation, parameters))

    def _judge(self, service: str, operation: str, wanted: Sequence[RequiredPermission]) -> None:
        assert self._permissions is not None
        for need in wanted:
            permission = allowing(self._permissions, need)
            if permission is not None:
                self._used(permission, need)
                continue
            conditions = f" with {dict(need.context)}" if _covered(self._permissions, need) else ""
            reason = f"its policy does not allow {need.action} on {need.resource}{conditions}"
            self._refused(Refusal(self._function, service, operation, reason, need))


def _covered(permissions: Sequence[Permission], need: RequiredPermission) -> bool:
    """Whether a permission would allow the need, if its conditions were met."""
    return any(permission.covers(need) for permission in permissions)
