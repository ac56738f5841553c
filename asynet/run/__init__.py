"""Run a study: a study file in, a run directory out, and what is done with a finished run."""
