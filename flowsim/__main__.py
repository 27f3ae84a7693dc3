"""`python -m flowsim`."""

try:
    from flowsim.cli import main

    status = main()
except KeyboardInterrupt:  # while the first modules are read
    status = 130
raise SystemExit(status)
