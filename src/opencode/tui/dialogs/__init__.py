"""What is answered or left before anything else goes on."""
