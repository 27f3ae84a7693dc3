"""The diagnosis of a run, for the clinic (flowsim/diagnosis)."""

from flowsim.diagnosis.diagnosis import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
