//! everframe
