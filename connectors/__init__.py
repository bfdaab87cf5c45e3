"""The doors: web, telegram, console."""
