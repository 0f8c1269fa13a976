"""One module per promise: the questions, in SQL over what was gathered, whose answers are its breaches."""
