"""The room of MCP: other programs' tools, resources and prompts, over pipes or HTTP."""
