"""Stands in for Lambda: runs each function in worker processes with the template's environment, timeout and role."""
