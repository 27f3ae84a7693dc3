"""The static half of the site: a front page with a player, every lesson to read and step through, and a search over all."""
