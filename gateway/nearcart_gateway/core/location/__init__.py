"""Where she stands: a Bayesian filter over a grid of the floor. ``grid_locator`` tells the story; sans-IO, with numpy."""
