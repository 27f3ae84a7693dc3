"""What flowsim costs, beside its peers, measured in one run: `python -m benchmarks`, or `make bench`.

Each section prints a table. A number without a peer says little, for machines differ and are busy; so what is compared
is measured in turns, round by round in the same process, and a ratio is the median of the ratios of the rounds. No test
asserts a time.
"""
