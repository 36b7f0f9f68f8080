"""`make smoke STACK=...`: looks whether a deployed stack works, with the AWS credentials of an operator.

`checks/` has a module for each check, and its table says in which order they run. docs/deployment.md says what the
program needs, what it changes, and how to read what it finds.
"""
