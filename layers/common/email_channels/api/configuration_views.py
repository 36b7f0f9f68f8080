"""What admins configure, as JSON documents of the API (`openapi.json` has the schemas)."""

from __future__ import annotations

from email_channels.api.case_views import Document
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import PROPERTIES, Mailbox, mailbox_id
from email_channels.cases.probes.probe import Probe
from email_channels.cases.routing import ServiceGroup, Topic
from email_channels.cases.templates import Template
from email_channels.times import to_text


def employee_json(employee: Employee) -> Document:
    """An employee of the directory."""
    return {
        "user_id": employee.user_id,
        "name": employee.name,
        "emails": list(employee.emails),
        "population": employee.population,
        "blocked": employee.blocked,
    }


def probe_json(probe: Probe | None) -> Document | None:
    """The probes of a mailbox; None if it was never probed."""
    if probe is None or probe.sent_at is None:
        return None
    return {
        "sent_at": to_text(probe.sent_at),
        "returned_at": to_text(probe.returned_at) if probe.returned_at else None,
        "seconds": probe.seconds,
        "state": probe.state.value,
    }


def mailbox_json(mailbox: Mailbox, *, receiving: bool) -> Document:
    """A mailbox and its properties. `receiving`: whether the receipt rules accept emails to its receiving address."""
    named = {
        "address": mailbox.address,
        "mailbox_id": mailbox_id(mailbox.address),
        "receiving_address": mailbox.receiving_address,
        "receiving": receiving,
    }
    return named | {name: getattr(mailbox, name) for name in PROPERTIES}


def user_mapping_json(mapping: UserMapping) -> Document:
    """A user mapping."""
    return {"id": mapping.id, "mailbox": mapping.mailbox, "from": mapping.from_, "user_id": mapping.user_id}


def topic_json(topic: Topic) -> Document:
    """A topic and where it routes."""
    return {"name": topic.name, "service_group": topic.service_group, "by_population": dict(topic.by_population)}


def service_group_json(group: ServiceGroup) -> Document:
    """A service group."""
    return {"id": group.id, "name": group.name, "address": group.address, "secured": group.secured}


def template_json(template: Template) -> Document:
    """A template."""
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "subject": template.subject,
        "text": template.text,
        "html": template.html,
    }
