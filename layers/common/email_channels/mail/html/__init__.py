"""HTML bodies -> text, as people see it and as programs filled it in."""

from email_channels.mail.html.text import html_lines, html_to_text

__all__ = ["html_lines", "html_to_text"]
