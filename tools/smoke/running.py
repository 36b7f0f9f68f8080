"""Makes a check. What it is not allowed to do is a finding, too."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from tools.smoke.api import ApiFailed
from tools.smoke.findings import Finding, NotChecked, Result, State
from tools.smoke.run import Check, Run
from tools.smoke.workplace import NoCase

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})


def make_check(check: Check, run: Run) -> Result:
    """The result of a check."""
    findings: list[Finding] = []
    try:
        findings.extend(check.look(run))
    except NotChecked as reason:
        return Result(check.name, State.NOT_CHECKED, reason=str(reason))
    except NoCase as error:
        findings.append(Finding(str(error), error.do))
    except ApiFailed as error:
        findings.append(Finding(str(error), "Read the logs of agent_api and adhoc_send."))
    except ClientError as error:
        findings.append(_refused(error))
    except BotoCoreError as error:
        findings.append(Finding(f"AWS could not be asked: {error}", "Check the connection, and try again."))
    return Result(check.name, State.WRONG if findings else State.PASSED, tuple(findings))


def _refused(error: ClientError) -> Finding:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    what = f"AWS refused {error.operation_name} ({code}: {message})."
    if code in _DENIED:
        return Finding(what, "The operator needs the policy in docs/policies/smoke.json.")
    return Finding(what, "Look the error up in the documentation of the service, and try again.")
