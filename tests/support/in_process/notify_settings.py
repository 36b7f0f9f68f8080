"""The settings of notify: two admins, both channels on."""

from email_channels.settings import NotifySettings
from email_channels.settings_loading import load

from tests.support.parameters import ACME_EXAMPLE

ADMINS = ("one@acme.example", "two@acme.example")
SETTINGS = load(
    NotifySettings,
    ACME_EXAMPLE
    | {
        "TABLE_NAME": "email-channels",
        "BUCKET_NAME": "email-channels-test",
        "TAG_KEY_SECRET": "arn",
        "ADMIN_EMAIL_ADDRESSES": ",".join(ADMINS),
        "CC_SENDER_ON_ERROR": "true",
        "PURGE_AFTER_DAYS": "3",
    },
)
