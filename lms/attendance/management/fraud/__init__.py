"""A term acted out in a database of its own: who cheats is known to the actors only, never to the detector."""
