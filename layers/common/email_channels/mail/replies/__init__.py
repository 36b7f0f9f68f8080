"""Splits an email into its visible reply and the quoted text. `visible_reply` is the one public function."""

from email_channels.mail.replies.splitting import Reply, visible_reply

__all__ = ["Reply", "visible_reply"]
