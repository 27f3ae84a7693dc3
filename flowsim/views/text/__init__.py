"""A trace in words: titles and sentences of each step, the transcript, every field explained."""
