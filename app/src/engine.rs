//! The engine as the window knows it; tests put a fake in its place.

use runtime::{Command, Event, Problem, Runtime};

/// Takes commands and tells events; neither call ever waits.
pub trait Engine {
    /// Asks for something.
    fn send(&self, command: Command) -> Result<(), Problem>;

    /// The next thing it tells, if there is one.
    fn try_recv(&self) -> Option<Event>;
}

impl Engine for Runtime {
    fn send(&self, command: Command) -> Result<(), Problem> {
        Self::send(self, command)
    }

    fn try_recv(&self) -> Option<Event> {
        Self::try_recv(self)
    }
}
