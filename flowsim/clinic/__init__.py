"""The clinic: logins that fail while nobody attacks, and what their messages say of the cause.

`diagnose(trace)` gives the diagnosis of a run that did not reach its end (diagnosis.py).
"""
