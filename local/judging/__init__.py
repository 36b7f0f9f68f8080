"""Stands in for IAM and the service limits, which moto does not check.

Says whether a function's policy allows a call, and whether the call is within the limits of the service.
"""
