"""The front end: the player, which steps through a trace in the browser, in a notebook or in a page that stands alone.

It is JavaScript and CSS without a framework and without a network, and the Python that joins them. Nothing here needs a
notebook's packages.
"""
