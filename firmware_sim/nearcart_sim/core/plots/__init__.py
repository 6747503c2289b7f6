"""Pictures of a simulated store as SVG: one message a picture, said in its title."""
