"""The error that the user can correct."""


class UserError(Exception):
    """One line for the user who started the local stack: what is wrong, where, and what to do.

    `python -m local` prints it on stderr and exits with status 2.
    """
