//! Sources -> objects -> extensions.
