"""The parameters of the simulated deployment: both channels are on, and all notifications are sent."""

from collections.abc import Mapping

from tests.support.parameters import DEPLOYMENT

ENVIRONMENT: Mapping[str, str] = {
    **DEPLOYMENT,
    "CASE_CREATION_RECIPIENTS": "payroll@in.example,in.example",
    "AD_HOC_RECIPIENTS": "answers@in.example",
    "ALLOWED_IP_RANGES": "192.0.2.0/24",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme.example",
    "PROCESSED_RETENTION_DAYS": "365",
    "AD_HOC_FROM_ADDRESS": "service@acme.example",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "MAILBOX_ADDRESS": "payroll@acme.example",
    "ACKNOWLEDGE_SENDER": "true",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "group@acme.example",
    "CONFIGURATION_SET": "the-set",
    # Powertools keeps the level of each logger name for the whole process, so the simulation has its own name.
    "LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_SERVICE_NAME": "reliability",
    "API_URL": "https://api.example",
    # Only use cases of the function `events` have a bus: nothing else depends on it.
    "EVENT_BUS_NAME": "",
    "GIVE_UP_AT_RECEIVE": "5",
}
