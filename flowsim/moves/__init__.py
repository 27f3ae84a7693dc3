"""What each move does: one function an act. `login` has the eleven steps, `theft` the attacker's acts, `later` the rest."""
