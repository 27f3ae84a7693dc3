"""The actors: each a set of functions from its own memory and a message to its new memory and its answer."""
