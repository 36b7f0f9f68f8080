"""Converts HTML bodies to text as people see it, and to lines for values that a program filled in."""

from email_channels.mail.html.text import html_lines, html_to_text

__all__ = ["html_lines", "html_to_text"]
