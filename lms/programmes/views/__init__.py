"""Screens: they read input, call one service and answer."""
