"""The rungs of the ladder: rules that are free, then models that can be asked."""
