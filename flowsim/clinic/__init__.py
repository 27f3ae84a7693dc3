"""The clinic: logins that fail while nobody attacks, and what their messages say of the cause."""
