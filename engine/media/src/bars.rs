//! Test pictures and sounds that say which they are.
