"""What the command refuses."""


class CommandError(Exception):
    """A request that cannot be met as it stands; the message says why and what to do."""
