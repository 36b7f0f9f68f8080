"""Separates what was written now from what is quoted. `visible_reply` is the one public function."""

from email_channels.mail.replies.splitting import Reply, visible_reply

__all__ = ["Reply", "visible_reply"]
