"""What would become of an email, as a JSON document of the API (`openapi.json` has the schema)."""

from __future__ import annotations

from dataclasses import asdict

from email_channels.api.case_views import Document, case_json, trace_json
from email_channels.cases.case import Case
from email_channels.cases.trials.trial import Trial


def trial_json(trial: Trial, case: Case | None) -> Document:
    """The trial. `case` is the case that the email would make, or the one that it would join."""
    return {
        "outcome": trial.outcome.value,
        "reason": trial.reason.value if trial.reason else None,
        "explanation": trial.explanation,
        "case": case_json(case) if case else None,
        "values": [asdict(value) for value in trial.values],
        "trace": trace_json(trial.trace),
        "envelope": asdict(trial.envelope),
    }
