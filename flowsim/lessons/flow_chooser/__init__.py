"""Which flow for which app: the questions, the way through them, and a picture of it."""
