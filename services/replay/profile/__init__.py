"""The profile of a deployment: where it is, which cluster it may be, and with which key its rehearsals sign."""
