//! Small things that panels are made of.
