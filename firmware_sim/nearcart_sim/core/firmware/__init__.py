"""What runs in a tag, band or phone: when it advertises, and what, a file for each class of device."""
