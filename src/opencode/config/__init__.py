"""The settings as written by people: where they lie, what they mean, where each value came from."""
