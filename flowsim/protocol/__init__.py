"""What the RFCs say, as functions and data: messages, PKCE, tokens, proofs of possession. Nothing here is simulated."""
