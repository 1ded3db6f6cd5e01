"""Language servers: what editors know of code, for the agent."""
