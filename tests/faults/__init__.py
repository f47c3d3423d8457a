"""Faults while a hundred people save: whatever was acknowledged is stored. Needs PostgreSQL's server programs."""
