"""The sign-on API: what existing PACER clients speak, `POST /services/cso-auth` and `/services/cso-logout`."""
