"""notifier: writes a letter for each transaction and sees it through to the mail server, once."""
