"""tongchou (统筹): settlement, explanation and supervision of medical-insurance money in a pooling region."""

__version__ = "0.1.0"
