"""The machine as frozen data: steps, states, the table of transitions, settings, and the world at one moment."""
