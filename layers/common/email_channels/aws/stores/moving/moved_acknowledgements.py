"""Acknowledgements of emails that left the case that they had made, by a merge or a split, before they were sent.

The item of a case says that its first email must be acknowledged. When the email leaves before that, its entry says so
(`acknowledge`), and the case no longer does. So one acknowledgement is sent at most, and it comes into the history
where the email is then. If a person moves the email to another case, none is sent: it would give the sender a reference
that is signed for that case.
"""

from __future__ import annotations

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import condition_failed, retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import Row, connection, read_rows, row_of, version_of
from email_channels.aws.stores.history_counts import count_actions, unchanged_counts
from email_channels.aws.stores.noticing.notices import next_unread_version
from email_channels.cases.case import CaseFlag
from email_channels.cases.history import Entry


def claim_moved(case_id: str, email_id: str, acknowledgement: Entry | None, *, sending: bool) -> bool:
    """Claims the acknowledgement of an entry, and counts the entry of the acknowledgement, in one transaction.

    Returns whether the caller may send it: true only once for each email. Without `acknowledgement`, or if not
    `sending`, it is not sent, although it is claimed; if not `sending`, the case gets the flag `not_acknowledged`.
    Returns false if the case was merged just now: the email goes to another case, and is acknowledged there.
    """
    return retry_on_conflict(lambda: _claim(case_id, email_id, acknowledgement, sending))


def _claim(case_id: str, email_id: str, acknowledgement: Entry | None, sending: bool) -> bool:
    case_key, entry_key = keys.record(case_id), keys.entry(case_id, email_id)
    rows = read_rows([case_key, entry_key])
    case, entry = row_of(rows, case_key, CaseRow), row_of(rows, entry_key, EntryRow)
    if case is None or entry is None or not entry.acknowledge or case.merged_into:
        return False
    actions: list[Action] = [next_unread_version(case)]
    if acknowledgement is not None:
        actions += count_actions(case, acknowledgement.email.email_id, acknowledgement.email.size)
    if not sending:
        actions.append(CaseRow.flags.add({CaseFlag.NOT_ACKNOWLEDGED.value}))
    unmerged = CaseRow.merged_into.does_not_exist()
    with TransactWrite(connection=connection()) as transaction:
        # With the next version: whoever moves the entry now must read it again.
        transaction.update(
            EntryRow(pk=entry.pk, sk=entry.sk),
            actions=[
                EntryRow.acknowledge.remove(),
                EntryRow.neutral.remove(),
                Row.version.set(version_of(entry) + 1),
            ],
            condition=Row.version == entry.version,
        )
        transaction.update(
            CaseRow(pk=case.pk, sk=case.sk), actions=actions, condition=unmerged & unchanged_counts(case)
        )
    return True


def give_back_moved(case_id: str, email_id: str, *, neutral: bool) -> None:
    """Withdraws the claim if SES certainly did not accept the acknowledgement. A retry can then claim it again."""
    pk, sk = keys.entry(case_id, email_id)
    actions: list[Action] = [EntryRow.acknowledge.set(True), Row.version.add(1)]
    if neutral:
        actions.append(EntryRow.neutral.set(True))
    try:
        EntryRow(pk=pk, sk=sk).update(actions=actions, condition=EntryRow.email.exists())
    except UpdateError as error:
        if not condition_failed(error):  # otherwise the email was moved just now
            raise
