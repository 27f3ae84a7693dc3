"""What many runs together say: the matrix of attacks and defences, why each check is there, statements, forged tokens."""
