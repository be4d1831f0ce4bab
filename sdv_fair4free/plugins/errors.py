"""What is said of a plug-in that cannot be used, or has failed."""


class PluginError(RuntimeError):
    """A plug-in cannot be used, or has failed; the message names it and says what to do."""
