"""The whole table. Each file is for one area of the template."""

from tests.support.safety.comparison import SafetyTable
from tests.support.safety.expected import (
    alarms,
    api,
    conditions,
    custom_resources,
    environment,
    event_sources,
    functions,
    inventory,
    log_filters,
    parameters,
    queues,
    receiving,
    resource_policies,
    rollout,
    rules,
    sending,
    storage,
    users,
)

FOLDER = "tests/support/safety/expected"

ROWS = {
    f"{FOLDER}/{module.__name__.rpartition('.')[2]}.py": module.ROWS
    for module in (
        inventory,
        parameters,
        conditions,
        rules,
        storage,
        resource_policies,
        queues,
        receiving,
        custom_resources,
        sending,
        functions,
        rollout,
        environment,
        event_sources,
        api,
        users,
        alarms,
        log_filters,
    )
}

TABLE = SafetyTable(ROWS)
