"""Reads the settings of a function from its environment variables, and checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from email_channels import parameters
from email_channels.address_roles import address_contradictions
from email_channels.errors import SettingsError
from email_channels.settings import (
    Action,
    ArrivalsSettings,
    IdentifySender,
    JobsQueueSettings,
    Language,
    Settings,
    TableSettings,
    TemplateEditors,
)

_Settings = TypeVar("_Settings", bound=Settings)


def load(kind: type[_Settings], environment: Mapping[str, str]) -> _Settings:
    """The settings of a function, from its environment variables. Raises SettingsError, which names every wrong one."""
    values: dict[str, Any] = {}
    problems = []
    environment = _with_parameters(kind, environment)
    for field in fields(kind):
        read = _READERS.get(field.name, parameters.required_text)
        try:
            values[field.name] = read(environment.get(field.name.upper(), ""))
        except ValueError as error:
            problems.append(f"{parameters.parameter_name(field.name)}: {error}")
    if not problems:
        problems = _contradictions(values)
    if problems:
        raise SettingsError("; ".join(problems))
    return kind(**values)


def deployment_parameters(settings: TableSettings) -> dict[str, Any]:
    """The template's parameters among the settings, by their names in the template, in alphabetical order."""
    return {name: getattr(settings, field) for name, field in _parameter_fields(type(settings))}


def _parameter_fields(kind: type[Settings]) -> list[tuple[str, str]]:
    """The parameters among the fields: their names in the template, in alphabetical order, and those of the fields."""
    resources = {field.name for each in (ArrivalsSettings, JobsQueueSettings) for field in fields(each)}
    resources |= {"tag_key_secret", "aws_lambda_function_memory_size"}
    named = [(parameters.parameter_name(field.name), field.name) for field in fields(kind)]
    return sorted((name, field) for name, field in named if field not in resources)


def _with_parameters(kind: type[Settings], environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables, with one for each value in PARAMETERS. No value has a line end."""
    joined = environment.get("PARAMETERS")
    if joined is None:
        return environment
    names = [field.upper() for _, field in _parameter_fields(kind)]
    values = joined.split("\n")
    if len(values) != len(names):
        raise SettingsError(f"PARAMETERS: {len(values)} values, but the function has {len(names)} parameters")
    return {**dict(zip(names, values, strict=True)), **environment}


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """Parameters that others require and are empty, and addresses whose roles exclude each other."""
    needed = []
    if values.get("ad_hoc_enabled"):
        needed += ["ad_hoc_from_address", "ad_hoc_from_name", "ad_hoc_reply_to", "ad_hoc_recipients"]
    if values.get("case_creation_enabled"):
        needed += ["mailbox_address", "case_creation_recipients"]
    required = [name for name in ("jwt_issuer", "console_client_id") if "own_user_pool" in values and not values[name]]
    if values.get("console_enabled") and values.get("jwt_issuer") and not values.get("console_client_id"):
        required.append("console_client_id")
    return [
        *(f"{parameters.parameter_name(name)}: required, but empty" for name in required),
        *(
            f"{parameters.parameter_name(name)}: required because its channel is on"
            for name in needed
            if name in values and not values[name]
        ),
        *(f"{parameters.parameter_name(name)}: {problem}" for name, problem in address_contradictions(values)),
    ]


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)  # fmt: skip

# A field that is not listed is a text that must not be empty.
_READERS: dict[str, parameters.Reader] = {
    "case_creation_enabled": parameters.flag,
    "ad_hoc_enabled": parameters.flag,
    "case_creation_recipients": parameters.addresses_or_domains,
    "ad_hoc_recipients": parameters.addresses_or_domains,
    "mailbox_address": parameters.optional_address,
    "ad_hoc_from_address": parameters.optional_address,
    "ad_hoc_from_name": parameters.optional_line(100),
    "ad_hoc_reply_to": parameters.optional_address,
    "plus_addressing": parameters.flag,
    "default_topic": parameters.line(100),
    "default_subject": parameters.line(200),
    "identify_sender": parameters.one_of(IdentifySender),
    "variable_topic": parameters.flag,
    "variable_show": parameters.flag,
    "default_show": parameters.flag,
    "trusted_senders": parameters.addresses_or_domains,
    "trust_without_authentication": parameters.flag,
    "acknowledge_sender": parameters.flag,
    "language": parameters.one_of(Language),
    "contact": parameters.optional_line(200),
    "console_enabled": parameters.flag,
    "dashboard_enabled": parameters.flag,
    "console_client_id": parameters.optional_client_id,
    "console_scopes": parameters.scopes,
    "require_mfa": parameters.flag,
    "template_editors": parameters.one_of(TemplateEditors),
    "accept_emails_for_closed_cases": parameters.flag,
    "reopen_on_reply": parameters.flag,
    "spam_action": parameters.one_of(Action),
    "virus_action": parameters.one_of(Action),
    "authentication_action": parameters.one_of(Action),
    "max_cases_per_sender_per_hour": parameters.whole_number(1, 1_000_000),
    "max_automatic_emails_per_hour": parameters.whole_number(1, 1_000_000),
    "give_up_at_receive": parameters.whole_number(1, 1000, default=5),
    "aws_lambda_function_memory_size": parameters.whole_number(0, 999_999, default=0),
    "admin_email_addresses": parameters.required_addresses,
    "notification_from_name": parameters.line(100),
    "notification_from_address": parameters.required_address,
    "cc_sender_on_error": parameters.flag,
    "purge_after_days": parameters.whole_number(1, 3650),
    "processed_retention_days": parameters.whole_number(0, 36500),
    "default_service_group": parameters.identifier,
    "default_service_group_address": parameters.optional_address,
    "own_user_pool": parameters.flag,
    "aws_endpoint_url": parameters.optional_text,
    "jwt_issuer": parameters.optional_issuer,
    "jwt_audience": parameters.optional_audience,
    "groups_claim": parameters.claim,
    "allowed_ip_ranges": parameters.ip_ranges,
    "manage_receipt_filters": parameters.flag,
    "receipt_rule_set_name": parameters.optional_rule_set,
    "replace_active_rule_set": parameters.flag,
    "outbound_tls": parameters.word("Require", "Optional"),
    "ses_identity_domain": parameters.optional_domain,
    "resource_suffix": parameters.optional_suffix,
    "alarm_email_address": parameters.optional_address,
    "event_bus_name": parameters.optional_bus_name,
    "probe_minutes": parameters.zero_or(15, 1440),
    "api_reserved_concurrency": parameters.optional_number(1, 1000),
    "table_class": parameters.word("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
    "rollout": parameters.word("Canary10Percent15Minutes", "AllAtOnce"),
    "release": parameters.optional_release,
    "log_retention_days": parameters.number_of(*_LOG_RETENTION_DAYS),
    "audit_retention_days": parameters.whole_number(1, 3650),
}
