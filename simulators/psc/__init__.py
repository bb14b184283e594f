"""Pro Santé Connect: panva's oidc-provider with its claims."""
