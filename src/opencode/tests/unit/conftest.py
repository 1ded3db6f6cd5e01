"""Random inputs are the same in every run, so that a failure is a change's; `make soak` and
HYPOTHESIS_PROFILE=default look for new ones."""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
