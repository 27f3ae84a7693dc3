"""`python -m flowsim`."""

from flowsim.cli import main

raise SystemExit(main())
