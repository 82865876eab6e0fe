"""``python -m indicators`` is the command line."""

from indicators.cli import main

main()
