"""Scenarios: made-up but lifelike streams of link requests and sign-ins, and the accounts of the people in them."""
