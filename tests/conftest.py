"""Settings of all tests: hypothesis draws the same examples each time, at any speed.

`make fuzz` draws fresh ones, ten times as many, and prints how to repeat a failure.
"""

from hypothesis import settings

settings.register_profile("asynet", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("asynet")
