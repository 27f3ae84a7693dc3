"""All that one class needs, as one folder of pages that need no network: player, matrix, quiz, tests, trainer's guide."""
