"""Stands in for CloudFormation and SAM.

Expands the template, checks parameters, resolves intrinsic functions, and creates the resources in the order of their
dependencies, custom resources included.
"""
