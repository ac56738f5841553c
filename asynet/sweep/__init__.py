"""Many runs of one study: every combination of some settings, with several seeds."""
