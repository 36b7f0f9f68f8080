"""`/cases/{case_id}/merge`: an agent merges a case into another one.

Before that, `reconcile` is asked to look at the merged case 15 minutes later, and to move what a crash may have left
there. If the case was not merged after all, that does no harm.
"""

from __future__ import annotations

from email_channels.api.requests import Response
from email_channels.cases.references import read_case_id
from email_channels.errors import Conflict

from functions.agent_api.api_call import ApiCall
from functions.agent_api.work.cases import case_response
from functions.agent_api.work.visibility import case_of, visible_case

_NO_SUCH_CASE = "There is no such case to merge into."


def merge(call: ApiCall) -> Response:
    """Merges a case into another one that the caller may see, and answers with that. A repeat finishes the merge."""
    case = case_of(call)
    body = call.body("NewMerge")
    named = body.get("into")
    if named is not None and read_case_id(named) is None:
        body.refuse("into", "is not a case number")
    target = visible_case(call, body.accepted()["into"])
    if target is None:
        raise Conflict(_NO_SUCH_CASE)
    call.stores.arrivals.follow_up(case.case_id, None)
    call.stores.merges.merge(case.case_id, target.case_id, call.now, call.act())
    merged, _ = call.stores.cases.get(target.case_id)
    return case_response(merged or target)
