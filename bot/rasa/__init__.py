"""Rasa Open Source as the second NLU engine: a client, its service on loopback, and the component that Rasa imports."""
