"""nachra turns an official Excel release into briefings that can be trusted."""

__version__ = "0.1.0"
