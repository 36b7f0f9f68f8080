"""Serves the console: `app.py` answers requests, `release.py` holds the files, `packs.py` joins the modules."""
