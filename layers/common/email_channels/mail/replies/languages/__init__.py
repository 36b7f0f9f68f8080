"""All known languages, by region. The module `language` says how to add a language, or words to one."""

from typing import Final

from email_channels.mail.replies.languages.african_and_west_asian import AFRICAN_AND_WEST_ASIAN
from email_channels.mail.replies.languages.asian import ASIAN
from email_channels.mail.replies.languages.eastern_european import EASTERN_EUROPEAN
from email_channels.mail.replies.languages.northern_european import NORTHERN_EUROPEAN
from email_channels.mail.replies.languages.western_european import WESTERN_EUROPEAN

# If two languages use the same label for different fields, the first language wins.
LANGUAGES: Final = (*WESTERN_EUROPEAN, *NORTHERN_EUROPEAN, *EASTERN_EUROPEAN, *AFRICAN_AND_WEST_ASIAN, *ASIAN)
