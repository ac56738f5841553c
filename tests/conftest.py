"""Settings of all tests: hypothesis draws the same examples each time, at any speed."""

from hypothesis import settings

settings.register_profile("asynet", derandomize=True, deadline=None)
settings.load_profile("asynet")
