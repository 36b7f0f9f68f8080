"""Answers the routes of the API that need no token."""
