"""What must hold when nothing is pending, no matter what happened before.

The API, the bucket and the emails that SES accepted are checked. The table is read only for what no answer shows: items
that belong to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tests.support.reliability.checks import audit, emails, events, followups, items, search
from tests.support.reliability.end_view import EndView, notifications
from tests.support.reliability.simulation import Simulation
from tests.support.stored_items.kinds import kind

_OF_EMAILS = ("attachments/", "bodies/", "sent/")


_OF_NOTICES = {"warnings", "unread", "waiting_on", "status", "updated_at"}
"""The fields of a case that a failed email changes."""


@dataclass(frozen=True)
class End:
    """The end state of a simulation, without what may differ between runs (times, numbers of notifications).

    `failed` are the cases with an email that could not be delivered.
    """

    parts: Mapping[str, Any]
    failed: frozenset[str] = frozenset()

    def difference(self, other: End) -> str:
        """The difference in words; empty if there is none.

        If only here an email failed, because no event confirmed it, then agents noticed that. The invariant `noticed`
        checks what they see.
        """
        lost = self.failed - other.failed
        mine, theirs = self._without_notices(lost), other._without_notices(lost)
        names = [name for name in mine if mine[name] != theirs.get(name)]
        return "; ".join(f"{name}: {mine[name]} and not {theirs.get(name)}" for name in names)

    def _without_notices(self, cases: AbstractSet[str]) -> Mapping[str, Any]:
        """The parts, without what a failed email changes in these cases."""
        return {
            **self.parts,
            "cases": {
                case_id: _without(case, _OF_NOTICES) if case_id in cases else case
                for case_id, case in self.parts["cases"].items()
            },
            "emails": {
                (case_id, id_): _without(entry, {"warnings"}) if case_id in cases else entry
                for (case_id, id_), entry in self.parts["emails"].items()
            },
        }


def look(simulation: Simulation) -> tuple[list[str], End]:
    """The violations, and the end state of the simulation."""
    seen = EndView(simulation)
    return _violations(seen), _end_of(seen)


def violations(simulation: Simulation) -> list[str]:
    """The invariants that do not hold. The note `discarded` has the id of an email that an admin purged early, the note
    `held` that of an email that an admin put on hold."""
    return _violations(EndView(simulation))


def end_of(simulation: Simulation) -> End:
    """The end state of the simulation."""
    return _end_of(EndView(simulation))


def _violations(seen: EndView) -> list[str]:
    return [
        *emails.one_outcome(seen),
        *emails.notified(seen),
        *emails.purged_with_proof(seen),
        *followups.jobs_ended(seen),
        *emails.sent_once(seen),
        *emails.states_honest(seen),
        *emails.notes_stay_inside(seen),
        *emails.authors_named(seen),
        *followups.followed_up(seen),
        *followups.noticed(seen),
        *followups.probed(seen),
        *items.nothing_orphaned(seen),
        *items.lists_agree(seen),
        *items.found_by_originals(seen),
        *items.counted(seen),
        *items.merged_cases_are_empty(seen),
        *items.employees_are_found(seen),
        *search.cases_are_found(seen),
        *audit.audited(seen),
        *items.versioned(seen),
        *events.published(seen),
    ]


def _without(fields: Mapping[str, Any], names: AbstractSet[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _may_differ(entry: Mapping[str, Any]) -> set[str]:
    """The fields of an entry that may differ between runs: an acknowledgement may be sent late, or be lost."""
    return {"recipients", "at"} if entry["kind"] == "acknowledgement" else {"recipients"}


def _end_of(seen: EndView) -> End:
    simulation = seen.simulation
    return End(
        {
            "cases": {one["case_id"]: one for one in seen.cases},
            "emails": {(case_id, one["email_id"]): _without(one, _may_differ(one)) for case_id, one in seen.emails},
            "unprocessed": {
                one["id"]: {name: one[name] for name in ("reason", "subject", "mailbox")} | {"held": bool(one["held"])}
                for one in seen.unprocessed
            },
            "employees": {one["user_id"]: one for one in seen.employees},
            "jobs": [(job["kind"], job["outcomes"]) for job in seen.jobs if job["kind"] in followups.COUNTED_ONCE],
            "purged": sorted(seen.purged),
            "probes": {
                item["sk"]["S"]: ("returned" in item, "silent_since" in item)
                for item in seen.items
                if kind(item) == "probe"
            },
            "objects": [key for key in simulation.storage.objects() if key.startswith(_OF_EMAILS)],
            # Which of two copies is processed first does not matter.
            "originals": Counter(str(simulation.storage.tags(key)) for key in simulation.storage.objects("raw/")),
            # The number of alerts may differ; acknowledgements are left out, because one may be lost.
            "alerts": {(one.tags["record"], one.to) for one in simulation.sent if one.kind == "alert"},
            "notified": {one["id"] for one in seen.unprocessed if notifications(simulation, one["id"])},
        },
        frozenset(case_id for case_id, one in seen.emails if "delivery_failed" in one["warnings"]),
    )
