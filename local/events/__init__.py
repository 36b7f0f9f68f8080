"""Stands in for EventBridge, and for Lambda's event source mappings and asynchronous invocations.

Copies batches, partial failures, filters, retries, failure destinations, rules and schedules.
"""
