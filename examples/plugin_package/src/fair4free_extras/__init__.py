"""An example of a plug-in for sdv-fair4free."""
