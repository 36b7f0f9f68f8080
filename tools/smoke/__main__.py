"""`python -m tools.smoke STACK`."""

import sys

from tools.smoke.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
