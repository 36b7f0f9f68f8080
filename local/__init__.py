"""Email Channels on one machine: the same template and the same functions as on AWS, with an AWS emulated by moto.

`docs/decisions.md` says why this exists. `python -m local` starts it.
"""
