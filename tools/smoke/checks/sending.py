"""An agent's email must be sent, and the events of SES must come back: one recipient delivered, one bounced."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding, NotChecked
from tools.smoke.run import Run

_EXPECTED = {"success": "delivered", "bounce": "bounced"}


def look(run: Run) -> Iterator[Finding]:
    if not run.stack.enabled("AdHocEnabled"):
        raise NotChecked("The ad hoc channel is off: agents send no emails.")
    place, case_id = run.workplace, run.workplace.case.case_id
    expected = {place.recipient(behaviour): state for behaviour, state in _EXPECTED.items()}
    body = {"to": [{"address": address} for address in expected], "text": "A smoke test. Nobody reads this."}
    sent = place.api.request(
        "POST", f"/cases/{case_id}/emails", body, headers={"idempotency-key": place.id}, accepted=(202,)
    )
    path = f"/cases/{case_id}/emails/{sent.document['email_id']}"
    seen: dict[str, tuple[str, str]] = {}

    def known() -> bool | None:
        entry = place.api.get(path)
        seen.update({one["address"]: (one["state"], one["detail"] or "") for one in entry["recipients"]})
        final = all(seen[address][0] == state for address, state in expected.items())
        return True if final or any(state == "failed" for state, _ in seen.values()) else None

    run.waiting.until(known)
    for address, state in expected.items():
        found, detail = seen[address]
        if found != state:
            after = f"after {run.waiting.seconds:.0f} seconds " if found != "failed" else ""
            what = f"The email to {address} is {after}{found}, not {state}. {detail}".rstrip()
            yield Finding(what, _what_to_do(found))


def _what_to_do(state: str) -> str:
    if state == "failed":
        return "Read the log of adhoc_send: SES refused the email. The check of identities may say why."
    return (
        "Read the log of delivery. If it has no event, SES publishes none: look at the event destination of the "
        "configuration set, and the rule of EventBridge that invokes delivery."
    )
