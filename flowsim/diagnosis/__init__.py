"""What a run says of why it failed: from its checks and messages to a cause, and from the cause to one sentence.

`diagnose(trace)` gives the diagnosis (diagnosis.py), and `CAUSES` are those that it knows (causes.py). Each check has a
rule, in the files whose names begin with `rules`.
"""
