"""Which settings each function reads, by the name of its folder. `setup` reads none."""

from collections.abc import Mapping

from email_channels import settings

SETTINGS: Mapping[str, type[settings.Settings]] = {
    "inbound": settings.InboundSettings,
    "agent_api": settings.ApiSettings,
    "adhoc_send": settings.SendingSettings,
    "notify": settings.NotifySettings,
    "events": settings.EventsSettings,
    "reconcile": settings.ReconcileSettings,
    "purge": settings.PurgeSettings,
    "delivery": settings.DeliverySettings,
    "jobs": settings.JobsSettings,
    "console": settings.ConsoleSettings,
}
