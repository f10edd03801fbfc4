"""Values about mail: whom it goes to, which way, and what became of it."""
