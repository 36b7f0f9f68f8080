"""The settings of the functions: one class for each function, read when the function starts (`settings_loading.py`).

Each field is an environment variable of the same name in capitals, or a line of the variable PARAMETERS. Most are
parameters of the template: `purge_after_days` is the variable `PURGE_AFTER_DAYS` and the parameter `PurgeAfterDays`,
and errors name the parameter. The template makes the same checks at deployment. Classes that end in `Settings` and
belong to no function are groups of fields that several functions share.
"""

from __future__ import annotations

from enum import StrEnum

from email_channels.values import dataclass


class Action(StrEnum):
    """What to do with an email that failed a check of SES."""

    ACCEPT = "accept"
    FLAG = "flag"
    REJECT = "reject"


class IdentifySender(StrEnum):
    """Where an email to a mailbox names the employee."""

    FROM_ADDRESS = "from_address"
    USER_ID_IN_BODY = "user_id_in_body"


class Language(StrEnum):
    """The languages of the texts that are sent to people, by their ISO 639-1 codes."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"
    DUTCH = "nl"
    PORTUGUESE = "pt"
    POLISH = "pl"


class TemplateEditors(StrEnum):
    """Who may change agents' templates."""

    ADMIN = "admin"
    AGENT = "agent"


@dataclass(frozen=True, kw_only=True)
class MailboxProperties:
    """How a mailbox makes cases. Admins set these for each mailbox. The deployment's parameters set those of the first.

    `trusted_senders` are addresses or domains whose values in the body are believed. `language` is that of the texts
    for people who write to the mailbox; None: the deployment's. `contact` is one line that tells them whom to ask.
    """

    default_topic: str = "General"
    default_subject: str = "(no subject)"
    identify_sender: IdentifySender = IdentifySender.FROM_ADDRESS
    variable_topic: bool = False
    variable_show: bool = False
    default_show: bool = False
    trusted_senders: tuple[str, ...] = ()
    trust_without_authentication: bool = False
    acknowledge_sender: bool = False
    language: Language | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one function."""


@dataclass(frozen=True, kw_only=True)
class TableSettings(Settings):
    """Where the data is. These two are not parameters, because the stack makes both resources."""

    table_name: str
    bucket_name: str


@dataclass(frozen=True, kw_only=True)
class ChannelSettings(TableSettings):
    """Which channels are on."""

    case_creation_enabled: bool
    ad_hoc_enabled: bool


@dataclass(frozen=True, kw_only=True)
class AddressSettings(ChannelSettings):
    """The addresses at which we receive, and those from which we send."""

    case_creation_recipients: tuple[str, ...]
    mailbox_address: str | None
    ad_hoc_recipients: tuple[str, ...]
    ad_hoc_from_address: str | None
    ad_hoc_reply_to: str | None
    notification_from_address: str
    plus_addressing: bool


@dataclass(frozen=True, kw_only=True)
class MailboxSettings(AddressSettings, MailboxProperties):
    """The first mailbox, and the service group of cases that no topic routes.

    `language` is the deployment's: it holds for every mailbox that has none of its own.
    """

    language: Language
    default_service_group: str


@dataclass(frozen=True, kw_only=True)
class OutgoingSettings(AddressSettings):
    """What is needed to send emails whose replies find their case."""

    ad_hoc_from_name: str | None
    configuration_set: str
    tag_key_secret: str


@dataclass(frozen=True, kw_only=True)
class ClosedCaseSettings:
    """What becomes of a reply to a closed case."""

    accept_emails_for_closed_cases: bool
    reopen_on_reply: bool

    @property
    def replies_reopen(self) -> bool:
        """Whether a reply reopens a closed case. It does not if closed cases take no emails: that wins."""
        return self.accept_emails_for_closed_cases and self.reopen_on_reply


@dataclass(frozen=True, kw_only=True)
class PolicySettings(ClosedCaseSettings):
    """Which emails are accepted: the settings that all mailboxes share.

    If the stack does not `manage_receipt_filters`, only emails from servers in `allowed_ip_ranges` are accepted.
    """

    allowed_ip_ranges: tuple[str, ...]
    manage_receipt_filters: bool
    spam_action: Action
    virus_action: Action
    authentication_action: Action
    max_cases_per_sender_per_hour: int


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """Who is notified, and how long emails are kept afterwards.

    `max_automatic_emails_per_hour` limits acknowledgements and sender's copies, over all recipients.
    """

    admin_email_addresses: tuple[str, ...]
    notification_from_name: str
    cc_sender_on_error: bool
    purge_after_days: int
    processed_retention_days: int
    default_service_group: str
    default_service_group_address: str | None
    max_automatic_emails_per_hour: int


@dataclass(frozen=True, kw_only=True)
class IntakeSettings(MailboxSettings, PolicySettings):
    """What is needed to decide about an email.

    Admins and service groups take part in no case. `aws_lambda_function_memory_size` is the memory of the function in
    MB, which Lambda sets; 0: not known. It is not a parameter, and neither is `tag_key_secret`.
    """

    admin_email_addresses: tuple[str, ...]
    default_service_group_address: str | None
    tag_key_secret: str
    aws_lambda_function_memory_size: int


@dataclass(frozen=True, kw_only=True)
class InboundSettings(IntakeSettings):
    """What `inbound` needs. From receive number `give_up_at_receive` on, an email that fails is recorded as failed."""

    give_up_at_receive: int


@dataclass(frozen=True, kw_only=True)
class AuditSettings(TableSettings):
    """What is needed to record who changed what. The key that hides whom a change is about is derived from the signing
    keys, so the secret is not a parameter either."""

    audit_retention_days: int
    tag_key_secret: str


@dataclass(frozen=True, kw_only=True)
class SendingSettings(OutgoingSettings, AuditSettings):
    """What `adhoc_send` needs."""

    groups_claim: str


@dataclass(frozen=True, kw_only=True)
class NotifySettings(OutgoingSettings, NotificationSettings, ClosedCaseSettings):
    """What `notify` needs, and also `reconcile`, which repeats the work of `notify`.

    `api_url`: where the API answers, and the console if it is enabled. `trusted_senders` and `contact` are those of the
    first mailbox, whose trusted senders take part in no case. `language` is the deployment's.
    """

    api_url: str
    console_enabled: bool
    language: Language
    contact: str | None
    trusted_senders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ArrivalsSettings(TableSettings):
    """The queue that makes `reconcile` check an original. This is not a parameter either."""

    arrivals_queue_url: str


@dataclass(frozen=True, kw_only=True)
class JobsQueueSettings(TableSettings):
    """The queue that makes `jobs` work on a job. This is not a parameter either."""

    jobs_queue_url: str


@dataclass(frozen=True, kw_only=True)
class JobsSettings(IntakeSettings, ArrivalsSettings, JobsQueueSettings, AuditSettings):
    """What `jobs` needs. Some jobs decide again what becomes of emails, as `inbound` does."""


@dataclass(frozen=True, kw_only=True)
class ReconcileSettings(NotifySettings, JobsQueueSettings):
    """What `reconcile` needs. Through the queues, it gives an original to `inbound` again, and a job to `jobs`.

    `probe_minutes` is how often the redirect of each mailbox is probed; 0: never.
    """

    inbound_queue_url: str
    probe_minutes: int


@dataclass(frozen=True, kw_only=True)
class PurgeSettings(TableSettings):
    """What `purge` needs."""


@dataclass(frozen=True, kw_only=True)
class DeliverySettings(TableSettings):
    """What `delivery` needs."""


@dataclass(frozen=True, kw_only=True)
class EventsSettings(TableSettings):
    """What `events` needs. A deployment without a bus does not have this function."""

    event_bus_name: str | None


@dataclass(frozen=True, kw_only=True)
class ApiSettings(IntakeSettings, NotificationSettings, ArrivalsSettings, JobsQueueSettings, AuditSettings):
    """What `agent_api` needs: two queues, and all parameters, because `GET /settings` shows them."""

    ad_hoc_from_name: str | None
    console_enabled: bool
    console_client_id: str | None
    console_scopes: str
    require_mfa: bool
    template_editors: TemplateEditors
    groups_claim: str
    jwt_issuer: str | None
    jwt_audience: str | None
    receipt_rule_set_name: str | None
    replace_active_rule_set: bool
    outbound_tls: str
    ses_identity_domain: str | None
    resource_suffix: str | None
    alarm_email_address: str | None
    dashboard_enabled: bool
    table_class: str
    log_retention_days: int
    probe_minutes: int
    api_reserved_concurrency: int | None
    event_bus_name: str | None
    rollout: str
    release: str | None


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings(Settings):
    """What `console` needs. It reads no data.

    `jwt_issuer` and `console_client_id` are those of the stack's own user pool if the deployment names no issuer; then
    `own_user_pool` is true. `files_url` is where signed links of the bucket lead. On one machine, `aws_endpoint_url`
    is the embedded AWS, and links lead there. These three are not parameters.
    """

    jwt_issuer: str
    console_client_id: str
    console_scopes: str
    own_user_pool: bool
    files_url: str
    aws_endpoint_url: str | None
