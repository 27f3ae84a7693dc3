"""A walk through one world after another: step, back, fork, inject; who knows what, and what came of it."""
