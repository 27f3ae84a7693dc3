"""What each move does: the steps of a login, what comes after it, and an attacker's acts."""
