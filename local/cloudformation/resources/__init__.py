"""How each type of resource is created in the embedded AWS. `resource_types.py` lists all types."""
