"""Keeps and reads the words under which cases are found."""
