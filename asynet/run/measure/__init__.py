"""The numbers of a run: at each validation, and at the end."""
