"""Who a filer is: accounts, passwords, sessions, and the record of every sign-in attempt."""
