"""The servers that tests run on, by one interface: containers, native processes, or external addresses.

`choice` decides which, `servers` is the interface; nothing starts before a test asks for it.
"""
