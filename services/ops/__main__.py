"""`python -m services.ops` is `ecflink`: for processes that start others with the same interpreter."""

from services.ops.command import main

main()
