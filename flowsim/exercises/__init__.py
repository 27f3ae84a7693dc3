"""The exercises of the course: a question, how an answer to it is judged by runs, and what each wrong answer has mixed up.

There is a file for each lesson. `catalogue` finds an exercise by its id, `kinds` says what an exercise is, `results` makes
a table of what a class has handed in.
"""

from flowsim.exercises.overview import hand_in, progress

__all__ = ["hand_in", "progress"]
