"""Models through litellm, in the worker: our messages out, its chunks in, what it lacks mended."""
