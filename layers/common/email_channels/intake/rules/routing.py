"""Which service group gets the case: by topic and population, then by topic alone, then the default group."""

from email_channels.cases.directory import Employee
from email_channels.intake.facts import Facts
from email_channels.intake.rules.employee import employee_of
from email_channels.intake.rules.topic import topic_of
from email_channels.intake.rulings import Ruling, passed


def service_group_of(facts: Facts) -> str:
    """The id of the service group."""
    topic, _ = topic_of(facts)
    employee, _ = employee_of(facts)
    population = employee.population if isinstance(employee, Employee) else None
    return facts.routing.service_group_for(topic, population, facts.settings.default_service_group)


def rule(facts: Facts) -> Ruling:
    """Never stops, as there is always a default group."""
    return passed(service_group=service_group_of(facts))
