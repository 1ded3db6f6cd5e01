"""`make soak`: what takes too long for every change."""

import sys

from opencode.tests.bench import soak_kill9

if __name__ == "__main__":
    sys.exit(soak_kill9.main())
