"""The same actors, live: the operating system's random values, the real clock, and clients that nobody here wrote."""
