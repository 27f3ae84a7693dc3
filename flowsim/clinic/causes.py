"""The causes that a diagnosis knows, for the clinic (flowsim/diagnosis)."""

from flowsim.diagnosis.causes import CAUSES, Cause

__all__ = ["CAUSES", "Cause"]
