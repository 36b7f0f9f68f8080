"""Templates: agents' own, and those that replace the shipped texts of notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import MailboxRow, mailbox_of
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import Row, read_row, read_rows, row_of, version_of
from email_channels.aws.rows.template_rows import TemplateRow, template_of, template_row
from email_channels.aws.stores.audit.transactions import Check, accept, audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, document_of
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.templates import SystemText, Template, replaces, replacing_ids
from email_channels.observability import logger
from email_channels.settings import Language

MAX_PAGE_CHARACTERS = 3_000_000
"""A page of the list ends after this much text, because a response has a limit and a template can be long."""


class TemplateStore:
    """Reads and changes templates. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def get(template_id: str) -> Template | None:
        """The template with this id, read consistently; None if there is none."""
        row = _read(template_id)
        return template_of(row) if row else None

    @staticmethod
    def page(limit: int, after: str | None) -> tuple[list[Template], str | None]:
        """One page of templates by id, and the `after` of the next page, or None.

        The page begins after the id `after`. It has at most `limit` templates, and fewer if they are long.
        """
        condition = TemplateRow.sk > after if after else None
        found: list[Template] = []
        characters = 0
        for row in TemplateRow.query(keys.TEMPLATES, condition, limit=limit + 1, consistent_read=True):
            if len(found) == limit or characters > MAX_PAGE_CHARACTERS:
                return found, found[-1].id
            found.append(template := template_of(row))
            characters += len(template.text or "") + len(template.html or "")
        return found, None

    @staticmethod
    def put(template: Template, act: Act, check: Check[Template] = accept) -> bool:
        """Adds or replaces a template, and writes the audit record in the same transaction. Returns true if it is new.

        Writes nothing if nothing changes.
        """
        return retry_on_conflict(lambda: _put(template, act, check))

    @staticmethod
    def delete(template_id: str, act: Act, check: Check[Template] = accept) -> bool:
        """Deletes a template. Returns false if there is none."""
        return retry_on_conflict(lambda: _delete(template_id, act, check))

    @staticmethod
    def of_notices(
        address: str | None, wanted: Sequence[SystemText], default: Language
    ) -> tuple[Mailbox | None, Mapping[SystemText, Template]]:
        """The mailbox with this address (None if no admin configured one), and the templates that replace the wanted
        texts in its language, else in the language `default`.

        Needs one call, and one more if the mailbox has another language than `default`.
        """
        mailbox_key = keys.mailbox(normalise(address)) if address else None
        rows = read_rows([*([mailbox_key] if mailbox_key else []), *_template_keys(wanted, default)])
        row = row_of(rows, mailbox_key, MailboxRow) if mailbox_key else None
        mailbox = mailbox_of(row) if row else None
        language = (mailbox.language if mailbox else None) or default
        if language is not default:
            rows = read_rows(_template_keys(wanted, language))
        return mailbox, {text: found for text in wanted if (found := _replacing(rows, text, language)) is not None}


def _put(template: Template, act: Act, check: Check[Template]) -> bool:
    old = _read(template.id)
    before = template_of(old) if old else None
    check(before)
    if before == template:
        return False
    new = template_row(template, version_of(old) + 1 if old else 1, old)
    documents = document_of(before, "id"), document_of(template, "id")
    with audited_transaction(act.record(AuditAction.TEMPLATE_PUT, template.id, *documents)) as transaction:
        transaction.save(new, condition=TemplateRow.version == old.version if old else Row.pk.does_not_exist())
    return old is None


def _delete(template_id: str, act: Act, check: Check[Template]) -> bool:
    old = _read(template_id)
    if old is None:
        return False
    before = template_of(old)
    check(before)
    with audited_transaction(
        act.record(AuditAction.TEMPLATE_DELETE, template_id, document_of(before, "id"))
    ) as transaction:
        transaction.delete(old, condition=TemplateRow.version == old.version)
    return True


def _read(template_id: str) -> TemplateRow | None:
    return read_row(keys.template(template_id), TemplateRow)


def _template_keys(texts: Sequence[SystemText], language: Language) -> list[Key]:
    return [keys.template(template_id) for text in texts for template_id in replacing_ids(text, language.value)]


def _replacing(rows: Mapping[Key, Row], text: SystemText, language: Language) -> Template | None:
    for template_id in replacing_ids(text, language.value):
        row = row_of(rows, keys.template(template_id), TemplateRow)
        template = _readable(row) if row is not None else None
        if template is not None and replaces(template, language.value):
            return template
    return None


def _readable(row: TemplateRow) -> Template | None:
    """The template of an item; None if the item is damaged, because no template may stop a notice."""
    try:
        return template_of(row)
    except (ValueError, KeyError, TypeError) as error:
        logger().error("template cannot be read", extra={"template": row.sk, "error": type(error).__name__})
        return None
