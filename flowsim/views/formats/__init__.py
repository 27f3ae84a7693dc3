"""A trace in formats that other programs read: JSON, HAR, Mermaid, and the player's own."""
