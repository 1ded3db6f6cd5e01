"""The original's server as a door: its protocol read into our nouns, and ours said in its words."""
