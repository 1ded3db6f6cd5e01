"""The heart: what happens next. Knows only core."""
