"""The one exception that means: the user can mend this."""


class UserError(Exception):
    """A mistake in the study, its data or the command line.

    The message is one line: where it is, what is wrong, what is allowed. Commands print it and
    exit with status 2; it never comes with a traceback.
    """


class NotFinite(ValueError, FloatingPointError):
    """States that are not finite: given by a caller, or of dynamics that grow without bound."""
