"""What one notebook needs and no other part does: exercises, the flow chooser, what is in an app's files, token storage."""
