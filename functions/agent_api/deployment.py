"""What the API works with, put together once a process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.case_lists import CaseLists
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.settings import ApiSettings, load


@dataclass(frozen=True, slots=True)
class Deployment:
    """The settings, and the stores of everything that routes read or change."""

    settings: ApiSettings
    mail: MailBucket
    routing: RoutingStore
    cases: CaseStore
    lists: CaseLists
    unprocessed: UnprocessedStore
    assignments: AssignmentStore
    directory: DirectoryStore
    mailboxes: MailboxStore
    user_mappings: UserMappingStore
    uploads: UploadStore
    purges: PurgeStore


@lru_cache(maxsize=1)
def deployment() -> Deployment:
    """This process's; raises SettingsError, which names every wrong parameter."""
    return make_deployment(os.environ)


def make_deployment(environment: Mapping[str, str]) -> Deployment:
    """A deployment with these environment variables."""
    settings = load(ApiSettings, environment)
    table.bind(settings.table_name)
    mail = MailBucket(clients.s3(), settings.bucket_name)
    routing = RoutingStore()
    return Deployment(
        settings=settings,
        mail=mail,
        routing=routing,
        cases=CaseStore(mail, routing),
        lists=CaseLists(),
        unprocessed=UnprocessedStore(mail),
        assignments=AssignmentStore(mail),
        directory=DirectoryStore(),
        mailboxes=MailboxStore(),
        user_mappings=UserMappingStore(),
        uploads=UploadStore(),
        purges=PurgeStore(),
    )
