"""The keyless default as lists show it, without loading its rules (40 ms)."""

from opencode.core.provider import ModelInfo

MODEL = "offline/rules"
INFO = ModelInfo(
    MODEL,
    "offline (no model)",
    input_price=0.0,
    output_price=0.0,
    cache_read_price=0.0,
    cache_write_price=0.0,
)
