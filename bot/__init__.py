"""Bussola's program: from an utterance to a reply."""
