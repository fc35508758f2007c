//! Runs builders and collects what they generate.
