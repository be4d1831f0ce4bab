"""Layers of the package and the arrows between them, read from its imports.

``python -m tests.architecture`` draws docs/images/architecture.svg and writes the table of layers
into docs/architecture.md. A test asks whether both are still what the code says.
"""
