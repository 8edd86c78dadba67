"""`python -m nachra.cli`, for installations whose scripts folder is not on the path."""

from nachra.cli import main

main()
