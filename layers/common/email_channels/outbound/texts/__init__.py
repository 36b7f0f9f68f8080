"""The texts that people receive, a data file for each language: `shipped.py` reads them."""
