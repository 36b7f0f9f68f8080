"""A request, with everything that its route needs to answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from email_channels.api.access import Caller
from email_channels.api.known_people import meet
from email_channels.api.paging import Paging, paging_of
from email_channels.api.preconditions import require_match
from email_channels.api.requests import Request
from email_channels.api.validation import Body, read_body
from email_channels.bootstrap.agent_api import ApiStores
from email_channels.cases.audit.records import Act, begin_act
from email_channels.cases.channels import Channel
from email_channels.cases.people.person import Person
from email_channels.errors import ChannelDisabled, FieldError, NotFound
from email_channels.settings import ApiSettings, ChannelSettings
from email_channels.values import dataclass

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request. `caller` has the role that the route needs, `path` holds the path's parameters."""

    request: Request
    caller: Caller
    path: Mapping[str, str]
    settings: ApiSettings
    stores: ApiStores
    now: datetime

    def body(self, schema: str) -> Body:
        """The body, checked against this component of the OpenAPI document. Raises the same as `read_body`."""
        return read_body(self.request.body, schema)

    def me(self) -> Person:
        """The caller as a person, with the name that an earlier token held if this one holds none."""
        return meet(self.caller, self.stores.people, self.now)

    def act(self) -> Act:
        """A new act of the caller, for the audit record of a change. A second change needs a second act."""
        return begin_act(self.caller.subject, self.now, self.settings.audit_retention_days)

    def require_match(self, stored: DataclassInstance | None) -> None:
        """The check of If-Match and If-None-Match for a change of what is stored. Raises PreconditionFailed."""
        require_match(self.request.headers, stored)

    def paging(self, *filters: str, wrong: Sequence[FieldError] = ()) -> Paging:
        """The requested page of a list; `filters` are the names of its filters, and `wrong` is what is wrong with them.
        Raises the same as `paging_of`."""
        return paging_of(self.request.query, self.request.path, filters, wrong)

    def filter(self, name: str) -> str | None:
        """The value of a list's filter; None if it is missing or empty."""
        return self.request.query.get(name) or None


def require_enabled(channel: Channel, settings: ChannelSettings) -> None:
    """Raises ChannelDisabled if the channel is switched off."""
    name, enabled = {
        Channel.CASE_CREATION: ("Case creation", settings.case_creation_enabled),
        Channel.AD_HOC: ("The ad hoc channel", settings.ad_hoc_enabled),
    }[channel]
    if not enabled:
        raise ChannelDisabled(f"{name} is switched off in this deployment.")


def no_such(what: str) -> NotFound:
    """The refusal for something that does not exist, or that the caller may not see. It does not say which."""
    return NotFound(f"There is no such {what}.")
