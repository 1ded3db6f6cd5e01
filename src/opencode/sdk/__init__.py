"""A client for programs: one import, and nothing of the agent is loaded."""

from opencode.sdk.client import OpenCodeSDK
from opencode.sdk.errors import OpenCodeAPIError
from opencode.sdk.key import get_api_key
from opencode.sdk.nouns import Metrics, OpenCodeProvider, OpenCodeSession
from opencode.sdk.redact import logger

__all__ = [
    "Metrics",
    "OpenCodeAPIError",
    "OpenCodeProvider",
    "OpenCodeSDK",
    "OpenCodeSession",
    "get_api_key",
    "logger",
]
