"""What builds flowsim for elsewhere than this machine."""
