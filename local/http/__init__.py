"""Stands in for API Gateway's HTTP API with its JWT authorizer, and for the issuer of the tokens.

The routes under `/local/`, which exist only on one machine, are here, too.
"""
