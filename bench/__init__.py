"""Measurements of the hot paths against their own floors, on PostgreSQL; `python -m bench --help`."""
