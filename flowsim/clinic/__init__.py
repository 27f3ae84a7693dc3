"""The clinic: logins that fail while nobody attacks, each with its repair, and what their messages say of the cause."""
