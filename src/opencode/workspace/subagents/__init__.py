"""Sub-agents: started, waited for, sent to the background."""
