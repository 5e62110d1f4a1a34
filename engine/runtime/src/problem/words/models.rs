//! What goes wrong with installing, adopting, checking and removing models, in words for people.

use super::{Problem, name};
use crate::models::{
    ModelsError,
    catalogue::{WHISPER_ID, catalogue},
    size_words,
};

/// How to get a model that writes down speech.
pub(super) fn install_listener() -> String {
    let mut all = catalogue().into_iter();
    let size = all
        .find(|model| model.id == WHISPER_ID)
        .map_or_else(String::new, |model| {
            format!(" ({}, {})", model.name, size_words(model.about_bytes()))
        });
    format!(
        "Install one: \"everframe models install {WHISPER_ID}\"{size}, or choose Models in the window"
    )
}

/// How to get a model that can do everything.
pub(super) fn install_one() -> String {
    let Some(model) = catalogue().into_iter().next() else {
        return "Adopt one that can: \"everframe models adopt PATH\"".into();
    };
    format!(
        "Install one that can: \"everframe models install {}\" ({}, {}); \"everframe models list\" tells of others",
        model.id,
        model.name,
        size_words(model.about_bytes())
    )
}

#[expect(clippy::too_many_lines, reason = "a table with one arm for each error")]
pub(super) fn models_words(error: &ModelsError) -> Problem {
    use ModelsError as E;
    match error {
        E::NotInstallable { id, known } => Problem::error(
            format!("There is no model \"{id}\" to install"),
            format!("Choose one of {known}; adopt takes files that you already have"),
        ),
        E::NotThere { id, known } => Problem::error(
            format!("There is no model \"{id}\" here"),
            format!("There are: {known}"),
        ),
        E::Taken { id } => Problem::error(
            format!("There is a model \"{id}\" already"),
            "Remove it first, or choose another id",
        ),
        E::BadId { id } => Problem::error(
            format!("\"{id}\" cannot be the id of a model"),
            "Use up to 64 small letters, digits, dots and dashes, beginning with a letter or digit",
        ),
        E::Shipped { id } => Problem::error(
            format!("The model \"{id}\" ships with Everframe and stays"),
            "Only installed and adopted models can be removed",
        ),
        E::InUse { id } => Problem::error(
            format!("Another Everframe is working on the model \"{id}\""),
            "Wait until it has finished, or stop it there",
        ),
        E::FolderInTheWay { path } => Problem::error(
            format!(
                "The folder {} is in the way; it is no model",
                path.display()
            ),
            "Move it elsewhere; nothing in it was touched",
        ),
        E::LicenseChanged {
            id,
            expected,
            found,
        } => Problem::error(
            format!(
                "The licence of {id} is no longer {expected} but {found}; nothing was downloaded"
            ),
            "Read it on the model's page; then install on a terminal, without --yes, and agree to it there",
        ),
        E::BadEndpoint { endpoint } => Problem::error(
            format!("HF_ENDPOINT is \"{endpoint}\", which is not the address of a hub"),
            "Set it to an address that begins with https://, or unset it",
        ),
        E::Network {
            what,
            host,
            tries,
            reason,
        } => Problem::error(
            format!("{what} could not be fetched from {host}: {reason} ({tries} tries)"),
            "Check the connection and start it again; it goes on where it stopped",
        ),
        E::Server { what, host, status } => Problem::error(
            format!("{what} could not be fetched: {host} has trouble (status {status})"),
            "Start it again later; it goes on where it stopped",
        ),
        E::Refused { what, host, status } => Problem::error(
            format!("{host} does not hand out {what} to everyone (status {status})"),
            "Agree to its terms on the model's page, and set HF_TOKEN to an access token of your account",
        ),
        E::NotOnHub { what, host } => Problem::error(
            format!("{host} has no {what}"),
            "It was moved or removed there; update Everframe, or download it elsewhere and adopt it",
        ),
        E::BadAnswer { what, .. } => Problem::error(
            format!("The hub's answer about {what} cannot be used"),
            "A sign-in page of the network may have answered in its place; open a web page and try again",
        ),
        E::Length {
            what,
            wanted,
            found,
        } => Problem::error(
            format!(
                "{what} should have {wanted} bytes, but the server offers {found}; nothing was installed"
            ),
            "Something between here and the hub changes files; try another network, or later",
        ),
        E::Corrupt { what, .. } => Problem::error(
            format!("{what} arrived damaged twice and was deleted; nothing was installed"),
            "Something between here and the hub changes files; try another network, or later",
        ),
        E::NoSpace {
            needed_bytes,
            free_bytes,
            path,
        } => Problem::error(
            format!(
                "{} are needed, but only {} are free at {}; nothing was downloaded",
                size_words(*needed_bytes),
                size_words(*free_bytes),
                path.display()
            ),
            "Make room, or set EVERFRAME_USER_MODELS_DIR to a folder on a larger disk",
        ),
        E::DiskFull { path } => Problem::error(
            format!(
                "The disk is full; {} is not whole, and nothing was installed",
                name(path)
            ),
            "Make room and start it again, it goes on where it stopped; or remove what has come so far",
        ),
        E::NothingFound { path } => Problem::error(
            format!("No model files were found in {}", path.display()),
            "Name a folder with transformer, VAE, text encoder and tokenizer, or those files themselves",
        ),
        E::NotAPart { reason, path } => Problem::error(
            format!("{} cannot be used: {reason}", name(path)),
            "Name files of a Wan model: .safetensors or .gguf, and its tokenizer.json",
        ),
        E::PartsMissing { missing, found } => Problem::error(
            format!("There is no {missing} among these files; found: {found}"),
            "Name the missing files as well; adopt takes several paths",
        ),
        E::Ambiguous { part, paths } => {
            let paths: Vec<String> = paths
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            Problem::error(
                format!("Several files could be the {part}: {}", paths.join(", ")),
                "Name the files that you mean one by one in place of their folder",
            )
        }
        E::Misfit { reason } => Problem::error(
            format!("These files are not of one model: {reason}"),
            "Name the files of one model; its page says which belong together",
        ),
        E::PathNotText { path } => Problem::error(
            format!("The name of {} is not text", path.display()),
            "Rename the file or its folder",
        ),
        E::Damaged { checked, faults } => {
            let mut problem = Problem::error(
                format!(
                    "{} of {checked} files are not as they should be: {}",
                    faults.len(),
                    faults.join("; ")
                ),
                "Remove the model and install it again; for shipped ones reinstall Everframe",
            );
            problem.details.extend(faults.iter().cloned());
            problem
        }
        E::LeadsOut { path } => Problem::error(
            format!(
                "{} is a link that leads out of the model's folder",
                path.display()
            ),
            "Nothing was deleted; look at the link and delete it yourself",
        ),
    }
}
