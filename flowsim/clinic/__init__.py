"""The clinic: logins that fail while nobody attacks, each with its symptom, its evidence, its hints and its repair."""
