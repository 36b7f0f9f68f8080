"""The settings that admins see."""

from __future__ import annotations

from tests.support.in_process.api_client import Api


def test_settings(api: Api) -> None:
    """The settings are the effective parameters, without secrets."""
    settings = api("admin", "GET", "/settings").json
    assert settings["PurgeAfterDays"] == 30
    assert settings["AllowedIpRanges"] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert (settings["CaseCreationEnabled"], settings["PlusAddressing"]) == (True, False)
    assert (settings["DefaultServiceGroup"], settings["JwtIssuer"], settings["TrustedSenders"]) == ("default", None, [])
    resources = {"ARRIVALS_QUEUE_URL", "JOBS_QUEUE_URL", "TAG_KEY_SECRET"}
    parameters = {name for name in api.environment if "_NAME" not in name} - resources
    assert set(settings) == {"".join(part.capitalize() for part in name.split("_")) for name in parameters} | {
        "NotificationFromName",
        "AdHocFromName",
        "ReceiptRuleSetName",
        "EventBusName",
    }
