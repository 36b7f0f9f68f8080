"""Builds what the function `agent_api` needs: its settings and the stores that its routes use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from email_channels.aws import clients
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.case_lists import CaseLists
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.configuration.template_store import TemplateStore
from email_channels.aws.stores.cursor_key_store import CursorKeyStore
from email_channels.aws.stores.directory.search import EmployeeSearch
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.aws.stores.people.presence_store import PresenceStore
from email_channels.aws.stores.people.signature_store import SignatureStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.replacement_store import ReplacementStore
from email_channels.aws.stores.requests.note_store import NoteStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.aws.stores.searching.word_search import WordSearch
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.cases.references import SigningKeys
from email_channels.followup.erasing import Erasure
from email_channels.settings import ApiSettings
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class ApiStores:
    """The stores that the routes read from and write to. `signing_keys` reads the secret at its first call."""

    people: PersonStore
    presence: PresenceStore
    notes: NoteStore
    signatures: SignatureStore
    mail: MailBucket
    routing: RoutingStore
    cases: CaseStore
    lists: CaseLists
    words: WordSearch
    cursor_key: CursorKeyStore
    unprocessed: UnprocessedStore
    replacements: ReplacementStore
    moves: MoveStore
    merges: MergeStore
    directory: DirectoryStore
    employees: EmployeeSearch
    mailboxes: MailboxStore
    user_mappings: UserMappingStore
    templates: TemplateStore
    uploads: UploadStore
    purges: PurgeStore
    arrivals: ArrivalsQueue
    audit: AuditStore
    erasure: Erasure
    signing_keys: Callable[[], SigningKeys]
    jobs: JobStore
    jobs_queue: JobsQueue


@cache
def api_settings() -> ApiSettings:
    """The function's settings."""
    return read_settings(ApiSettings)


@cache
def api_stores() -> ApiStores:
    """The stores of this process."""
    return make_stores(api_settings())


def make_stores(settings: ApiSettings) -> ApiStores:
    """New stores. They use the bucket of these settings, and the table that `read_settings` chose last."""
    mail = mail_bucket(settings)
    routing = RoutingStore()
    cursor_key = CursorKeyStore()
    # Only changes of people and searches for them need the keys, so the client is not made before.
    signing_keys = cache(lambda: SigningKeyStore(clients.secrets_manager(), settings.tag_key_secret))
    return ApiStores(
        people=PersonStore(),
        presence=PresenceStore(),
        notes=NoteStore(mail),
        signatures=SignatureStore(),
        mail=mail,
        routing=routing,
        cases=CaseStore(mail, routing),
        lists=CaseLists(routing, cursor_key),
        words=WordSearch(),
        cursor_key=cursor_key,
        unprocessed=UnprocessedStore(mail),
        replacements=ReplacementStore(mail),
        moves=MoveStore(mail),
        merges=MergeStore(mail),
        directory=DirectoryStore(),
        employees=EmployeeSearch(),
        mailboxes=MailboxStore(),
        user_mappings=UserMappingStore(),
        templates=TemplateStore(),
        uploads=UploadStore(),
        purges=PurgeStore(),
        arrivals=ArrivalsQueue(clients.sqs(), settings.arrivals_queue_url),
        audit=AuditStore(),
        erasure=Erasure(mail, now),
        signing_keys=lambda: signing_keys().read(),
        jobs=JobStore(),
        jobs_queue=JobsQueue(clients.sqs(), settings.jobs_queue_url),
    )
