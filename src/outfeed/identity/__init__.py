"""Principals, apps, tokens, scopes, rate limits."""
