"""What the README's figures were measured with."""
