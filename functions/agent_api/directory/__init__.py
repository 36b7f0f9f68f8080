"""`/employees` and its imports."""
