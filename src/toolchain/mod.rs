//! Finds the compiler and knows the flags of each family.
