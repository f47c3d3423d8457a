"""Screens of people: activation and consent, the page 我的, and the back office."""
