"""`/employees/imports`."""
