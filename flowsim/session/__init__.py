"""A bench session: one experiment under changing settings, and how each of its branches is made again."""
