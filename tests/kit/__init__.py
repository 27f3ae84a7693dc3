"""What the tests share: real worlds out of real runs, small changes to them, and what is generated from the code."""
