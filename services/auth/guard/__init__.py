"""The guard: counts sign-ins, throttles guessers, shows live numbers. One process of its own."""
