"""A judge of clients: what an OAuth client of your own does right, and which attacks go through."""
