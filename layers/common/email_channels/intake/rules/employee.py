"""Which employee the email stands for: by user id on line 1, by user mapping, or by From address."""

from email_channels.cases.directory import Employee
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected
from email_channels.settings import IdentifySender

MAX_NAMED = 10
"""The most employees with one address that the trace names."""


def employee_of(facts: Facts) -> tuple[Employee | Reason, str]:
    """The employee, or the reason why none was found; and, for the trace, by what we searched (such as "line 1")."""
    if facts.mailbox is not None and facts.mailbox.identify_sender is IdentifySender.USER_ID_IN_BODY:
        return _by_id(facts, facts.form.user_id, "line 1")
    if facts.mapping is not None:
        return _by_id(facts, facts.mapping.user_id, "user mapping")
    return _by_address(facts)


def rule(facts: Facts) -> Ruling:
    """Stops with `employee_not_found`, `sender_not_found`, `sender_mismatch` or `sender_blocked`.

    Of a mismatch, the trace names the employees, because an admin must choose one of them.
    """
    found, by = employee_of(facts)
    if isinstance(found, Employee):
        return passed("The employee is in the directory.", user_id=found.user_id, by=by)
    details = {
        Reason.EMPLOYEE_NOT_FOUND: _not_found(facts, by),
        Reason.SENDER_NOT_FOUND: "No employee has this address.",
        Reason.SENDER_MISMATCH: "Several employees have this address.",
        Reason.SENDER_BLOCKED: "The employee is blocked.",
    }
    clash = _clash(facts) if found is Reason.SENDER_MISMATCH else {}
    return rejected(found, details[found], by=by, **clash)


def _not_found(facts: Facts, by: str) -> str:
    if by == "user mapping":
        return "The user mapping names an employee who is not in the directory."
    return "No employee in the directory has the user id on line 1." if facts.form.user_id else "Line 1 has no user id."


def _clash(facts: Facts) -> dict[str, object]:
    """The employees that have the From address, at most MAX_NAMED of them, and their number."""
    free = _free(facts)
    named = [{"user_id": employee.user_id, "name": employee.name} for employee in free[:MAX_NAMED]]
    return {"employees": named, "count": len(free)}


def _free(facts: Facts) -> list[Employee]:
    return [employee for employee in facts.sender_employees if not employee.blocked]


def _by_id(facts: Facts, user_id: str | None, by: str) -> tuple[Employee | Reason, str]:
    employee = facts.employees.get(user_id) if user_id else None
    if employee is None:
        return Reason.EMPLOYEE_NOT_FOUND, by
    return (Reason.SENDER_BLOCKED if employee.blocked else employee), by


def _by_address(facts: Facts) -> tuple[Employee | Reason, str]:
    by = "From address"
    free = _free(facts)
    if len(free) == 1:
        return free[0], by
    if free:
        return Reason.SENDER_MISMATCH, by
    return (Reason.SENDER_BLOCKED if facts.sender_employees else Reason.SENDER_NOT_FOUND), by
