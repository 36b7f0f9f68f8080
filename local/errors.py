"""What a person did wrong, as opposed to what broke."""


class UserError(Exception):
    """One clear line for the person who started the local stack: what is wrong, where, what to do.

    `python -m local` prints it to stderr and exits with status 2.
    """
