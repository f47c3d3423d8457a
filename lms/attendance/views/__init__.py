"""HTTP only: read the input, call one service, answer."""
