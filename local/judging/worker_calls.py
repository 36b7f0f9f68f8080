"""Judges the calls of the function that this process runs.

Calls that AWS would refuse are reported on standard error. With `--strict` they are refused, with AWS's own error.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from botocore.exceptions import ClientError

from local.judging import watched_calls
from local.judging.call_record import CallRecord
from local.judging.judge import FunctionJudge, Refusal
from local.judging.policies import Permission
from local.judging.required_permissions import AwsAccount, RequiredPermission


@dataclass(frozen=True)
class JudgingSettings:
    """The settings of a worker. `permissions` is None if they are not known. `record` is for tests: a folder for the
    records of used permissions and refused calls. If not `judged`, no call is judged, which is for measurements."""

    function: str
    region: str
    account_id: str
    permissions: Sequence[Permission] | None
    bucket_keys: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    record: str | None = None
    judged: bool = True

    def as_text(self) -> str:
        return json.dumps(asdict(self))


def judge_calls(settings_text: str) -> None:
    """Judges the calls of this process from now on. `settings_text` comes from `JudgingSettings.as_text`."""
    given = json.loads(settings_text)
    if given["permissions"] is not None:
        given["permissions"] = [Permission(**each) for each in given["permissions"]]
    settings = JudgingSettings(**given)
    if not settings.judged:
        return
    reaction = _Reaction(settings)
    account = AwsAccount(settings.region, settings.account_id, settings.bucket_keys)
    watched_calls.watch(
        FunctionJudge(settings.function, settings.permissions, account, reaction.used, reaction.refused)
    )


class _Reaction:
    def __init__(self, settings: JudgingSettings) -> None:
        self._strict = settings.strict
        self._function = settings.function
        self._record = CallRecord(Path(settings.record)) if settings.record else None
        self._told: set[tuple[str, str]] = set()

    def used(self, permission: Permission, need: RequiredPermission) -> None:
        if self._record is not None:
            self._record.used(self._function, permission, need)

    def refused(self, refusal: Refusal) -> None:
        if self._record is not None:
            self._record.refused(refusal)
        what = (refusal.operation, refusal.need.action if refusal.need else refusal.reason)
        if what not in self._told:
            self._told.add(what)
            print(f"AWS would refuse a call of {refusal}", file=sys.stderr, flush=True)
        if self._strict:
            raise error_of(refusal)


def error_of(refusal: Refusal) -> ClientError:
    """The error that the service itself would return. The error code of S3 differs from that of the other services."""
    if refusal.need is None:
        code, status, message = "ValidationException", 400, refusal.reason
    else:
        code, status = ("AccessDenied" if refusal.service == "s3" else "AccessDeniedException"), 403
        message = (
            f"User: {refusal.function} is not authorized to perform: {refusal.need.action} on resource: "
            f"{refusal.need.resource} because no identity-based policy allows the {refusal.need.action} action"
        )
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, refusal.operation)  # type: ignore[arg-type]  # botocore fills in the rest
