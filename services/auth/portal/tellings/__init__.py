"""What the page of each state says, grouped by what it is about."""
