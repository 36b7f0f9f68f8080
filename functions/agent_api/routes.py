"""Every route of this function: who may use it, and to which channel it belongs.

A route of a channel that is switched off answers 409 `channel_disabled`. Cases, their history, the directory, topics,
service groups and unprocessed emails serve both channels, so their routes belong to neither.

The resolver of Powertools is not used. Its path parameters accept only certain characters, so a topic with an emoji or
a slash (paths arrive percent-decoded) would match no route. A table is also easier to read than decorators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from email_channels.api.access import Role
from email_channels.api.problems import MethodNotAllowed
from email_channels.api.requests import Response
from email_channels.api.validation import openapi
from email_channels.cases.channels import Channel
from email_channels.errors import NotFound
from email_channels.settings import ApiSettings, ChannelSettings, TemplateEditors
from email_channels.values import dataclass

from functions.agent_api.administration import assigning, audit, jobs, operations, retrying, trying, unprocessed
from functions.agent_api.api_call import ApiCall, require_enabled
from functions.agent_api.configuration import mailboxes, service_groups, templates, topics, user_mappings
from functions.agent_api.directory import employee_imports, employees
from functions.agent_api.people import agents, me
from functions.agent_api.work import (
    attachments,
    case_counts,
    cases,
    history,
    merging,
    moving,
    new_cases,
    notes,
    presences,
    reading,
    splitting,
)

AGENT, ADMIN = Role.AGENT, Role.ADMIN
CASE_CREATION = Channel.CASE_CREATION


@dataclass(frozen=True, slots=True)
class Route:
    """`{name}` in a path is one segment, `{name+}` the rest of the path.

    Routes for `editors` can be opened for agents, by TemplateEditors.
    """

    method: str
    path: str
    role: Role
    channel: Channel | None
    answer: Callable[[ApiCall], Response]
    editors: bool = False

    def role_in(self, settings: ApiSettings) -> Role:
        """The role that the route needs in a deployment with these settings."""
        return AGENT if self.editors and settings.template_editors is TemplateEditors.AGENT else self.role

    @property
    def documented_path(self) -> str:
        """The path in the OpenAPI document."""
        return self.path.replace("+}", "}")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/me", AGENT, None, me.get),
    Route("PUT", "/me/signature", AGENT, None, me.put_signature),
    Route("GET", "/agents", AGENT, None, agents.list_agents),
    Route("GET", "/cases", AGENT, None, cases.list_cases),
    Route("POST", "/cases", AGENT, None, new_cases.create),
    Route("GET", "/cases/counts", AGENT, None, case_counts.count),
    Route("GET", "/cases/{case_id}", AGENT, None, cases.get),
    Route("PATCH", "/cases/{case_id}", AGENT, None, cases.change),
    Route("DELETE", "/cases/{case_id}", ADMIN, None, cases.erase),
    Route("PUT", "/cases/{case_id}/presence", AGENT, None, presences.put),
    Route("POST", "/cases/{case_id}/notes", AGENT, None, notes.create),
    Route("POST", "/cases/{case_id}/merge", AGENT, None, merging.merge),
    Route("GET", "/cases/{case_id}/emails", AGENT, None, history.list_emails),
    Route("GET", "/cases/{case_id}/emails/{email_id}", AGENT, None, history.get),
    Route("GET", "/cases/{case_id}/emails/{email_id}/original", AGENT, None, history.original),
    Route("GET", "/cases/{case_id}/emails/{email_id}/attachments/{n}", AGENT, None, history.attachment),
    Route("POST", "/cases/{case_id}/read", AGENT, None, reading.read),
    Route("POST", "/cases/{case_id}/emails/{email_id}/move", AGENT, None, moving.move),
    Route("POST", "/cases/{case_id}/emails/{email_id}/split", AGENT, None, splitting.split),
    Route("POST", "/attachments", AGENT, None, attachments.announce),
    Route("GET", "/unprocessed", ADMIN, None, unprocessed.list_unprocessed),
    Route("POST", "/unprocessed/retry", ADMIN, None, jobs.retry),
    Route("POST", "/unprocessed/discard", ADMIN, None, jobs.discard),
    Route("GET", "/unprocessed/{id}", ADMIN, None, unprocessed.get),
    Route("DELETE", "/unprocessed/{id}", ADMIN, None, unprocessed.discard),
    Route("POST", "/unprocessed/{id}/assign", ADMIN, None, assigning.assign),
    Route("POST", "/unprocessed/{id}/hold", ADMIN, None, unprocessed.hold),
    Route("POST", "/unprocessed/{id}/release", ADMIN, None, unprocessed.release),
    Route("POST", "/unprocessed/{id}/retry", ADMIN, None, retrying.retry),
    Route("POST", "/try", ADMIN, None, trying.try_email),
    Route("POST", "/try/jobs", ADMIN, None, trying.try_many),
    Route("GET", "/employees", AGENT, None, employees.list_employees),
    Route("POST", "/employees/imports", ADMIN, None, employee_imports.start),
    Route("POST", "/employees/{user_id+}/erasure", ADMIN, None, jobs.erase_employee),
    Route("GET", "/employees/{user_id+}", ADMIN, None, employees.get),
    Route("PUT", "/employees/{user_id+}", ADMIN, None, employees.put),
    Route("DELETE", "/employees/{user_id+}", ADMIN, None, employees.delete),
    Route("GET", "/mailboxes", ADMIN, CASE_CREATION, mailboxes.list_mailboxes),
    Route("GET", "/mailboxes/{address+}", ADMIN, CASE_CREATION, mailboxes.get),
    Route("PUT", "/mailboxes/{address+}", ADMIN, CASE_CREATION, mailboxes.put),
    Route("DELETE", "/mailboxes/{address+}", ADMIN, CASE_CREATION, mailboxes.delete),
    Route("GET", "/user-mappings", ADMIN, CASE_CREATION, user_mappings.list_mappings),
    Route("GET", "/user-mappings/{id+}", ADMIN, CASE_CREATION, user_mappings.get),
    Route("PUT", "/user-mappings/{id+}", ADMIN, CASE_CREATION, user_mappings.put),
    Route("DELETE", "/user-mappings/{id+}", ADMIN, CASE_CREATION, user_mappings.delete),
    Route("GET", "/topics", AGENT, None, topics.list_topics),
    Route("GET", "/topics/{name+}", AGENT, None, topics.get_topic),
    Route("PUT", "/topics/{name+}", ADMIN, None, topics.put_topic),
    Route("DELETE", "/topics/{name+}", ADMIN, None, topics.delete_topic),
    Route("GET", "/service-groups", AGENT, None, service_groups.list_groups),
    Route("GET", "/service-groups/{id}", AGENT, None, service_groups.get_group),
    Route("PUT", "/service-groups/{id}", ADMIN, None, service_groups.put_group),
    Route("DELETE", "/service-groups/{id}", ADMIN, None, service_groups.delete_group),
    Route("GET", "/jobs", ADMIN, None, jobs.list_jobs),
    Route("GET", "/jobs/{job_id}", ADMIN, None, jobs.get),
    Route("GET", "/templates", AGENT, None, templates.list_templates),
    Route("GET", "/templates/{id}", AGENT, None, templates.get),
    Route("POST", "/templates/{id}/preview", AGENT, None, templates.preview),
    Route("PUT", "/templates/{id}", ADMIN, None, templates.put, editors=True),
    Route("DELETE", "/templates/{id}", ADMIN, None, templates.delete, editors=True),
    Route("GET", "/purges", ADMIN, None, operations.list_purges),
    Route("GET", "/audit", ADMIN, None, audit.list_audit),
    Route("GET", "/settings", ADMIN, None, operations.settings),
)


def match(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and the parameters in its path. HEAD uses the route of GET.

    Raises NotFound or MethodNotAllowed.
    """
    wanted = "GET" if method == "HEAD" else method
    found = [(route, matched) for route in ROUTES if (matched := _pattern(route.path).fullmatch(path))]
    # A fixed word, as in `/unprocessed/discard` or `/employees/{user_id+}/erasure`, is never (the end of) an id.
    found = [(route, matched) for route, matched in found if not route.path.endswith("}")] or found
    for route, matched in found:
        if route.method == wanted:
            return route, matched.groupdict()
    if found:
        # The document also has the method that another function serves.
        methods = {name.upper() for route, _ in found for name in openapi()["paths"][route.documented_path]}
        raise MethodNotAllowed(sorted(methods | {"HEAD"} if "GET" in methods else methods))
    raise NotFound("There is no such route.")


def require_channel(route: Route, settings: ChannelSettings) -> None:
    """Raises ChannelDisabled if the route belongs to a channel that is switched off."""
    if route.channel is not None:
        require_enabled(route.channel, settings)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+\+?)\}", path)
    expression = "".join(
        re.escape(part) if number % 2 == 0 else f"(?P<{part.rstrip('+')}>{'.+' if part.endswith('+') else '[^/]+'})"
        for number, part in enumerate(parts)
    )
    return re.compile(expression, re.DOTALL)
