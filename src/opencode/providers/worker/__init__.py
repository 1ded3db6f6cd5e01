"""The model worker, a process of its own: started, shared, spoken to, ended."""
