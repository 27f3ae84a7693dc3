"""A trace as a picture: the sequence diagram, the state machine, families of refresh tokens, lifetimes."""
