"""How each type of resource is made in the embedded AWS; `catalogue.py` is the list of types."""
