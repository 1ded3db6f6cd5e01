"""What happens, told to everyone who listens: in order, numbered, never piling up."""
