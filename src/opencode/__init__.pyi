"""What type checkers read of the names that are loaded on first use."""

from opencode.api import OpenCode as OpenCode
from opencode.core.ask import Ask as Ask
from opencode.core.ask import Reply as Reply
from opencode.core.error import OpenCodeError as OpenCodeError
from opencode.core.event import Event as Event
from opencode.core.message import Message as Message
from opencode.core.provider import Provider as Provider
from opencode.core.session import Session as Session
from opencode.core.tool import Tool as Tool
from opencode.core.tool import ToolContext as ToolContext
from opencode.core.tool import ToolResult as ToolResult
from opencode.workspace.workspace import Workspace as Workspace

__version__: str
