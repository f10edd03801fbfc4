"""What a kind is to everybody else, and the world of resources it may look at."""
