"""Pages of certificates: the holder's, the public's and the back office's."""
