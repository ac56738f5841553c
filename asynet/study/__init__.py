"""The study schema: what a study file may say, how it is read, and how its mistakes are worded."""
