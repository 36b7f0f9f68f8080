"""The settings of notify: two admins, both channels on."""

from email_channels.settings import NotifySettings

ADMINS = ("one@acme.example", "two@acme.example")
SETTINGS = NotifySettings(
    table_name="email-channels",
    bucket_name="email-channels-test",
    case_creation_enabled=True,
    ad_hoc_enabled=True,
    admin_email_addresses=ADMINS,
    notification_from_address="cases@acme.example",
    notification_from_name="Email Channels",
    cc_sender_on_error=True,
    purge_after_days=3,
    processed_retention_days=0,
    default_service_group="default",
    default_service_group_address="group@acme.example",
    ad_hoc_from_address="service@acme.example",
    ad_hoc_from_name="Acme",
    ad_hoc_reply_to="answers@acme.example",
    ad_hoc_recipients=("answers@in.example",),
    case_creation_recipients=("payroll@in.example",),
    mailbox_address="payroll@acme.example",
    plus_addressing=False,
    configuration_set="set",
    tag_key_secret="arn",
    api_url="https://api.example",
)
