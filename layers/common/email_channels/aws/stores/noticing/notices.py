"""What changes on the item of a case when something must be noticed: an email that came, or one that failed.

`docs/data-model.md` ("What is noticed") says why neither the order nor a repeat changes the result.
"""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, waiting_on_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.cases.case import CaseStatus, WaitingOn
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.noticing.failures import failed_recipients
from email_channels.cases.warnings import EmailWarning
from email_channels.times import from_text, to_text
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """What a case must notice about one of its entries.

    `at` is when it happened: the email came into the case, or its failure became known. `read`: an agent has read it
    already. `quiet`: a person has moved it here, so the case becomes unread, and nothing more. `received_at` is when an
    inbound email was received; None for one that failed.
    """

    email_id: str
    at: datetime
    warnings: tuple[EmailWarning, ...]
    read: bool
    quiet: bool = False
    received_at: datetime | None = None


def notice_of(row: EntryRow) -> Notice | None:
    """What the case must notice about an entry: a normal email that came, or an agent's email that failed."""
    email = entry_of(row).email
    if email.direction is Direction.INBOUND and email.kind is EntryKind.NORMAL:
        # Entries of the first release do not say when they came into the case.
        at = max(email.at, from_text(row.entered_at)) if row.entered_at else email.at
        return Notice(email.email_id, at, email.warnings, bool(row.seen), bool(row.moved), email.at)
    if is_failure_pending(row) and failed_recipients(email):
        at = from_text(index_keys.time_of(row.gsi2sk or ""))
        return Notice(email.email_id, at, (EmailWarning.DELIVERY_FAILED,), not is_unread(row))
    return None


def is_failure_pending(row: EntryRow) -> bool:
    """Whether the case has not noticed the last failure of an agent's email yet."""
    return row.gsi2pk == index_keys.TO_NOTICE


def is_unread(row: EntryRow) -> bool:
    """Whether no agent has read an entry: a normal email that came, or the last failure of an agent's email."""
    return unread_marks(row) > int(row.seen or 0)


def unread_marks(row: EntryRow) -> int:
    """What `seen` of an entry is once an agent has read it; 0 if there is nothing that must be read."""
    email = entry_of(row).email
    if email.direction is Direction.INBOUND:
        return 1 if email.kind is EntryKind.NORMAL else 0
    return int(row.failures or 0) if failed_recipients(email) else 0


def notice_actions(case: CaseRow, notice: Notice, *, reopens: bool) -> list[Action]:
    """The actions on the item of a case; none if it has noticed this already.

    `reopens`: replies reopen closed cases. An agent who answers, closes or reopens the case later than `notice.at` has
    the last word, however late the notice comes.
    """
    actions: list[Action] = []
    if not notice.read:
        if case.unread_from is None or notice.email_id < case.unread_from:
            actions.append(CaseRow.unread_from.set(notice.email_id))
        if missing := {warning.value for warning in notice.warnings} - set(case.warnings or ()):
            actions.append(CaseRow.warnings.add(missing))
    if notice.quiet:
        return actions
    at = to_text(notice.at)
    if notice.received_at is not None and to_text(notice.received_at) > (case.last_inbound_at or ""):
        actions.append(CaseRow.last_inbound_at.set(to_text(notice.received_at)))
    if at > (case.acted_at or ""):
        closed = case.status == CaseStatus.CLOSED.value
        if closed and reopens and not case.merged_into:
            group = index_keys.cases(case.service_group, CaseStatus.OPEN)
            actions += [CaseRow.status.set(CaseStatus.OPEN.value), CaseRow.gsi1pk.set(group)]
            # Whoever is about to change the closed case must read it again.
            actions.append(CaseRow.version.set(int(case.version or 1) + 1))
        if waiting_on_of(case) is not WaitingOn.AGENT:
            actions.append(CaseRow.waiting_on.set(WaitingOn.AGENT.value))
    return actions


def activity_actions(case: CaseRow, at: str) -> list[Action]:
    """The actions that move a case forward in the lists of its group; none if it has newer activity."""
    if at <= case.updated_at:
        return []
    case_id = keys.record_id_of(case.pk)
    return [CaseRow.updated_at.set(at), CaseRow.gsi1sk.set(index_keys.at_time(at, case_id))]


def next_unread_version(case: CaseRow) -> Action:
    """The action that lets others see that what is unread may have changed."""
    return CaseRow.unread_version.set(int(case.unread_version or 0) + 1)


def unchanged_since(case: CaseRow) -> Condition:
    """The condition that nobody has changed what notices depend on, since the item of the case was read."""
    acted: Condition = CaseRow.acted_at == case.acted_at if case.acted_at else CaseRow.acted_at.does_not_exist()
    every: Condition = (CaseRow.version == case.version) & acted & unchanged_unread(case)
    return every


def unchanged_unread(case: CaseRow) -> Condition:
    """The condition that nobody has changed what is unread, since the item of the case was read."""
    known = CaseRow.unread_version
    unchanged: Condition = known == int(case.unread_version) if case.unread_version else known.does_not_exist()
    return unchanged
