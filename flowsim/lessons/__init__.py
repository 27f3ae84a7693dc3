"""What one notebook needs and no other part does: the flow chooser, what is in an app's files, token storage."""
