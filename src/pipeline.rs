//! One readable function per product; the only file that sees two stages.
