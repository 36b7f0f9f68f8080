"""In which language and with which texts the notices about the emails of a mailbox are written."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.aws.stores.configuration.template_store import TemplateStore
from email_channels.cases.templates import SystemText
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.settings import NotifySettings


def texts_of(mailbox: str | None, settings: NotifySettings, *wanted: SystemText) -> MailboxTexts:
    """The texts for the emails of a mailbox (its normalised address; None for an email that reached none).

    The language is that of the mailbox, else that of the deployment. What admins configured for the first mailbox wins
    over the deployment's parameters. Raises PynamoDB's exceptions for AWS's faults.
    """
    configured, replaced = TemplateStore.of_notices(mailbox, wanted, settings.language)
    if configured is not None:
        return MailboxTexts(configured.language or settings.language, configured.contact, replaced)
    first = settings.mailbox_address
    is_first = mailbox is not None and first is not None and normalise(first) == mailbox
    return MailboxTexts(settings.language, settings.contact if is_first else None, replaced)
