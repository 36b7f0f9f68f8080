"""The people who use the API: agents and admins."""
