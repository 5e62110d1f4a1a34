//! A word on the desktop for whoever looks elsewhere when long work has ended: asked of the desktop's own service
//! (`org.freedesktop.Notifications`), over the session's bus. Nothing leaves the machine.

/// What the desktop shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesktopNotice {
    /// What has ended.
    pub summary: String,
    /// How it ended.
    pub body: String,
}

#[cfg(target_os = "linux")]
mod service {
    use super::DesktopNotice;
    use std::{collections::HashMap, time::Duration};
    use zbus::{connection::Builder, zvariant::Value};

    /// Name of the service and of its interface.
    const SERVICE: &str = "org.freedesktop.Notifications";
    const OBJECT: &str = "/org/freedesktop/Notifications";

    /// A service that does not answer by then is not there.
    const ANSWER_LIMIT: Duration = Duration::from_secs(5);

    /// Has the desktop show it; the number that the service gives it, or why nothing shows.
    pub fn show(notice: &DesktopNotice) -> Result<u32, String> {
        pollster::block_on(asked(notice)).map_err(|error| error.to_string())
    }

    async fn asked(notice: &DesktopNotice) -> zbus::Result<u32> {
        let bus = Builder::session()?.method_timeout(ANSWER_LIMIT);
        let connection = bus.build().await?;
        let hints: HashMap<&str, Value<'_>> = [("desktop-entry", Value::from("everframe"))].into();
        let actions: [&str; 0] = [];
        // Name, what it replaces (nothing), icon, words, buttons, hints, how long (as long as is usual).
        let arguments = (
            "Everframe",
            0_u32,
            "",
            notice.summary.as_str(),
            notice.body.as_str(),
            actions.as_slice(),
            hints,
            -1_i32,
        );
        let answer = connection
            .call_method(Some(SERVICE), OBJECT, Some(SERVICE), "Notify", &arguments)
            .await?;
        answer.body().deserialize()
    }
}

#[cfg(not(target_os = "linux"))]
mod service {
    use super::DesktopNotice;

    /// Has the desktop show it; why nothing shows.
    pub fn show(_notice: &DesktopNotice) -> Result<u32, String> {
        Err("this system has no service that Everframe knows".to_owned())
    }
}

pub use service::show;
