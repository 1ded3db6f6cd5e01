"""Random inputs are few and the same in every run, so that a failure is a change's; `make soak`
looks for new ones, ten times as many (HYPOTHESIS_PROFILE=soak)."""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, max_examples=50)
settings.register_profile("soak", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
