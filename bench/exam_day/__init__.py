"""An exam day: everybody starts in ten seconds, saves every five, hands in within a minute; nothing may be lost."""
