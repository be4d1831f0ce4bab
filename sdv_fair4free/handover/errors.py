"""What goes wrong when a generator is handed over."""


class HandoverError(ValueError):
    """A synthesizer that cannot be exported as it stands, or a file that cannot be read."""
