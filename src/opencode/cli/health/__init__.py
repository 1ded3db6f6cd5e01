"""What `opencode doctor` looks at, a file for each neighbourhood."""
