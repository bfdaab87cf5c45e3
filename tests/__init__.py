"""The suite: promised doors first."""
