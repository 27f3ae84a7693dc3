"""The machine as attacker: every sequence of decisions up to a bound is tried, the shortest first.

moves.py says what a general attacker can decide, knowledge.py what it knows for that, decisions.py what counts as one
decision, goals.py what it is after, canonical.py which worlds are the same, exploring.py how they are gone through, and
found.py how what was found is played as a run like any other. None of them knows an attack by its name.
"""
