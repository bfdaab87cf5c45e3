"""What is learnt before serving: the encoder, and the weights that turn evidence into a probability."""
