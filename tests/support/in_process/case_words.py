"""Indexes the words of cases, as the stream's consumer does."""

from __future__ import annotations

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.cases.case import Case
from email_channels.followup.case_word_index import CaseWordIndex

OWN = frozenset({"payroll@acme.example", "cases@acme.example"})


def word_index(mail: MailBucket) -> CaseWordIndex:
    """The index, in a deployment with the addresses OWN."""
    return CaseWordIndex(FollowUpStore(mail), OWN)


def index_words(mail: MailBucket, *cases: Case) -> None:
    """Brings the words of these cases up to date."""
    for case in cases:
        word_index(mail).index(case.case_id)
