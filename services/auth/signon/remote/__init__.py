"""A remote sign-on as the verifier: we are a client of the API that we serve ourselves."""
