"""Plays a recording's links through auth's pages: whole walks by session, form and cookie; sign-on is loaded too."""
