"""Constants that are named like bounds, and have no function in this folder: their tests are elsewhere, or they bound
nothing that is accepted or refused."""

from __future__ import annotations

from collections.abc import Mapping

TESTED_ELSEWHERE: Mapping[str, str] = {
    "aws.rows.compression.MAX_UNPACKED_BYTES": "unit/aws/test_compression.py::test_limits",
    "aws.stores.configuration.template_store.MAX_PAGE_CHARACTERS": (
        "integration/api/test_templates.py::test_long_templates"
    ),
    "aws.stores.directory.search.MOST_WORDS": "integration/api/test_employee_search.py::test_one_surname",
    "aws.stores.directory_store.MAX_EMPLOYEES_AT_ADDRESS": (
        "integration/jobs/test_employee_import.py::test_shared_addresses"
    ),
    "aws.stores.people.presence_store.MAX_OTHERS": "integration/people/test_presence.py::test_many",
    "aws.stores.routing_store.MAX_BYTES": "integration/api/test_routing.py::test_size_of_the_routing",
    "aws.stores.searching.word_search.MOST_WORDS": "integration/api/test_case_search.py::test_many",
    "aws.stores.searching.word_search._MOST_QUERIES": "integration/api/test_case_search.py::test_most_queries",
    "cases.purge_proof.LONGEST_DELETION": "integration/tools/test_restore.py::test_tombstones",
    "cases.uploads.MOST_BYTES": "integration/api/test_uploads.py::test_upload_of_an_admin",
    "followup.notifications.MOST_SINGLE_NOTIFICATIONS": "integration/followup/test_notifications.py::test_storm",
    "functions.agent_api.configuration.in_use.MOST_OPEN_CASES": "integration/api/test_routing.py::test_topic_of_cases",
    "functions.agent_api.work.case_search.MOST": "integration/api/test_case_lists.py::test_many_hidden_cases",
    "functions.agent_api.work.case_counts._MOST_CLOSED": "integration/api/test_case_filters.py::test_most_counts",
    "functions.agent_api.work.case_counts._MOST_GROUPS": "integration/api/test_case_filters.py::test_most_counts",
    "intake.storage_limits.MAX_ATTACHMENT_NAMES_BYTES": "unit/intake/test_storage_limits.py::test_attachment_names",
    "jobs.employee_import.file_reading.MAX_ADDRESSES_IN_FILE": (
        "integration/jobs/test_employee_import.py::test_too_many_addresses"
    ),
    "jobs.employee_import.importing.MAX_ROWS": "integration/jobs/test_employee_import.py::test_too_many_rows",
    "jobs.employee_import.importing.MOST_ABSENT": "integration/jobs/test_employee_import.py::test_absent",
    "jobs.employee_import.row_values.MAX_ADDRESS": "unit/jobs/test_row_values.py::test_bounds",
    "jobs.runner.MOST_TRIES": "integration/jobs/test_runner.py::test_failing_step",
}
"""The test of each, as file and function below `tests/`."""

_READS = "how much a call reads: what is beyond comes with the next one"
_TRIES = "how often, or for how long, a call to AWS is tried"
_ERRORS = "how much of a text an error shows"

NO_BOUNDS: Mapping[str, str] = {
    "aws.rows.case_rows.MOST_OWN_ISSUE_BYTES": "where the issue of a case is: readers find it in both places",
    "aws.rows.table._MOST_EMPTY_ANSWERS": _TRIES,
    "aws.ses_client._LONGEST_PAUSE_SECONDS": _TRIES,
    "aws.stores.case_lists.MAX_KEYS": _READS,
    "aws.stores.case_lists.MAX_WITH_ROUTING": _READS,
    "aws.stores.case_lists._MOST_AT_ONCE": "how many queries run at the same time",
    "aws.stores.directory.search._MOST_QUERIES": _READS,
    "aws.stores.directory_store._MOST_ITEMS": "how much a transaction takes: the rest comes with the next one",
    "aws.stores.notification_delivery_store._LONGEST_WAIT": "a time: `test_returned_notifications.py` has the waits",
    "aws.stores.people.person_store.MAX_KEYS": _READS,
    "aws.stores.people.person_store._MOST_REMEMBERED": "how much a process remembers",
    "aws.stores.searching.word_batches._MOST_ANSWERS": _TRIES,
    "aws.stores.threads.MOST_FIRST": "which ends of a long list are read",
    "aws.stores.threads.MOST_LAST": "as MOST_FIRST",
    "aws.timeouts._LONGEST_PAUSE_SECONDS": _TRIES,
    "followup.erasing._LONGEST_RUN": "a time: `test_erasing.py` has a worker that is late",
    "functions.agent_api.configuration.in_use._MOST_NAMED": _ERRORS,
    "functions.console.issuer._LARGEST": "a longer document is cut, and cannot be read",
    "intake.fact_gathering._MAX_LIKELY_MAILBOXES": "what is read ahead: the rest is read when it is needed",
    "jobs.employee_import.importing._MOST_BLOCKED": "how much a step does",
    "outbound.ad_hoc.images._MOST_SHOWN": _ERRORS,
    "outbound.ad_hoc.inline_html._MOST_SHOWN": _ERRORS,
    "outbound.ad_hoc.threads.MAX_LOOKED_AT": _READS,
    "outbound.header_fields._MAX_ENCODED_WORD": "where long headers are folded",
    "outbound.merge_fields._MOST_SHOWN": _ERRORS,
    "outbound.outgoing_html._MOST_SHOWN": _ERRORS,
    "outbound.unread_mailboxes._LONGEST": "the longest word of a table",
}
"""What each bounds instead."""
