"""The `ecflink` command: starting the roles, operating a deployment, the embedded stack and the demo."""
