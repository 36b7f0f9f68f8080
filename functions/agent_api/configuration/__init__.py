"""Checks of what admins configure against what is stored."""
