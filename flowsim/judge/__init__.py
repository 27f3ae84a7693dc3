"""A judge of clients: what an OAuth client of your own does right, and which attacks go through.

`judge_client` lets a client log in at servers inside this process, first at an honest one, then at servers with one fault
each, and then it attacks it. Whatever it says comes from what these servers have seen, and nobody reads the client's code.
"""
