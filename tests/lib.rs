//! Checks of the house itself: what no crate's own tests can see. There is nothing here but tests.
