"""Random inputs are few and the same in every run, so that a failure is a change's; `make soak`
looks for new ones, ten times as many (HYPOTHESIS_PROFILE=soak). A busy machine fails no test."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
CALM = settings.get_profile("calm")
settings.register_profile("steady", CALM, derandomize=True, max_examples=50)
settings.register_profile("soak", CALM, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
