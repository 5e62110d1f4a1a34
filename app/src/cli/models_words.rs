//! What the commands on models answer: tables for people, within a hundred columns, and the same as JSON.

use super::output::Answer;
use runtime::models::{
    install::Plan,
    list::{Listed, Listing, Offer},
    relocate::Relocated,
    remove::Removed,
    size_words,
    verify::Verified,
};
use serde_json::{Value, json};
use std::path::Path;

/// Widest line.
const COLUMNS: usize = 100;

/// What is there and what can be installed.
pub fn listing(listing: &Listing) -> String {
    let mut lines = vec![row(["ID", "STATE", "SIZE", "LICENCE", "MEMORY"])];
    for model in &listing.models {
        lines.extend(listed(model));
    }
    if !listing.installable.is_empty() {
        lines.push(String::new());
        lines.push("Can be installed; sizes are rough until the hub is asked:".into());
        for offer in &listing.installable {
            lines.extend(offered(offer));
        }
    }
    lines.push(String::new());
    let memory = listing.memory_bytes.map_or("unknown".into(), size_words);
    let free = listing.free_bytes.map_or("unknown".into(), size_words);
    let place = format!(
        "In {}; {free} free there, {memory} of memory",
        listing.folder.display()
    );
    lines.extend(wrapped(&place, ""));
    lines.join("\n")
}

fn listed(model: &Listed) -> Vec<String> {
    let size = size_words(model.size_bytes);
    let mut lines = vec![row([
        &model.id,
        model.state.word(),
        &size,
        &model.license,
        model.fit.words(),
    ])];
    let mut said = Vec::new();
    if model.name != model.id {
        said.push(model.name.as_str());
    }
    said.extend([model.what.as_str(), model.source.as_str()]);
    said.retain(|words| !words.is_empty());
    lines.extend(wrapped(&said.join(". "), "    "));
    for problem in &model.problems {
        lines.extend(wrapped(&format!("! {problem}"), "    "));
    }
    lines
}

fn offered(offer: &Offer) -> Vec<String> {
    let model = &offer.model;
    let size = size_words(model.about_bytes());
    let mut lines = vec![row([
        &model.id,
        "",
        &size,
        &model.license,
        offer.fit.words(),
    ])];
    lines.extend(wrapped(&format!("{}. {}", model.name, model.what), "    "));
    lines
}

fn row([id, state, size, license, memory]: [&str; 5]) -> String {
    let line = format!("{id:<28}  {state:<10}  {size:>9}  {license:<24}  {memory}");
    line.trim_end().to_owned()
}

/// Lines of at most [`COLUMNS`] letters; a word that is longer stands alone.
fn wrapped(text: &str, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// The same for scripts.
pub fn listing_value(listing: &Listing) -> Value {
    let models = listing.models.iter().map(|model| {
        json!({
            "id": model.id, "name": model.name, "state": model.state.word(), "source": model.source,
            "license": model.license, "size_bytes": model.size_bytes, "what": model.what,
            "memory": model.fit.words(), "problems": model.problems,
        })
    });
    let offers = listing.installable.iter().map(|offer| {
        let model = &offer.model;
        json!({
            "id": model.id, "name": model.name, "license": model.license, "what": model.what,
            "about_bytes": model.about_bytes(), "memory": offer.fit.words(),
        })
    });
    json!({
        "folder": listing.folder, "free_bytes": listing.free_bytes,
        "memory_bytes": listing.memory_bytes,
        "models": models.collect::<Vec<_>>(), "installable": offers.collect::<Vec<_>>(),
    })
}

/// What would be downloaded.
pub fn plan(plan: &Plan, host: &str, folder: &Path) -> String {
    let mut lines = vec![format!("{} ({})", plan.model.name, plan.model.id)];
    lines.extend(wrapped(&plan.model.what, "  "));
    let licenses = plan.licenses();
    for (repository, (_id, license)) in plan.repositories.iter().zip(licenses) {
        lines.push(format!(
            "  from {host}/{} at {}",
            repository.id,
            &repository.revision[..12]
        ));
        lines.push(format!("    licence: {license}"));
    }
    for file in &plan.files {
        let size = size_words(file.file.size_bytes);
        lines.push(format!("  {size:>9}  {}", file.path));
    }
    let here = if plan.here_bytes > 0 {
        format!(", {} of them here already", size_words(plan.here_bytes))
    } else {
        String::new()
    };
    lines.push(format!("  {} in all{here}", size_words(plan.total_bytes())));
    lines.push(format!(
        "  {} free in {}",
        size_words(plan.free_bytes),
        folder.display()
    ));
    lines.join("\n")
}

/// The same for scripts.
pub fn plan_value(plan: &Plan) -> Value {
    let licenses = plan.licenses();
    let repositories = plan.repositories.iter().zip(licenses);
    let repositories = repositories.map(|(repository, (_id, license))| {
        json!({ "id": repository.id, "revision": repository.revision, "license": license })
    });
    let files = plan.files.iter().map(|file| {
        json!({
            "role": file.role, "path": file.path, "size_bytes": file.file.size_bytes,
            "hash": file.file.promise.hash(),
        })
    });
    json!({
        "id": plan.model.id, "name": plan.model.name, "license": plan.model.license,
        "license_changed": plan.license_change().is_some(),
        "repositories": repositories.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>(),
        "total_bytes": plan.total_bytes(), "here_bytes": plan.here_bytes,
        "free_bytes": plan.free_bytes,
    })
}

/// Everything is as it should be.
pub fn verified(verified: &Verified) -> Answer {
    let bytes = verified.files.iter().map(|file| file.size_bytes).sum();
    let text = format!(
        "All {} files of {} are as they should be ({} read)",
        verified.files.len(),
        verified.ids.join(", "),
        size_words(bytes)
    );
    let files = verified.files.iter();
    let files = files.map(|file| json!({ "id": file.id, "path": file.path }));
    Answer::new(
        text,
        json!({ "verified": verified.ids, "files": files.collect::<Vec<_>>() }),
    )
}

/// Where the models are now.
pub fn moved(moved: &Relocated) -> Answer {
    let mut text = format!(
        "Moved {} to {}",
        size_words(moved.bytes),
        moved.folder.display()
    );
    if !moved.left.is_empty() {
        let left: Vec<String> = (moved.left.iter())
            .map(|path| path.display().to_string())
            .collect();
        text.push_str(". These could not be deleted and are of no use any more: ");
        text.push_str(&left.join(", "));
    }
    Answer::new(
        text,
        json!({ "folder": moved.folder, "bytes": moved.bytes, "left": moved.left }),
    )
}

/// What was removed.
pub fn removed(id: &str, removed: &Removed) -> Answer {
    let mut text = if removed.was_adopted {
        format!("Forgot {id}; its files stay where they are")
    } else {
        format!(
            "Removed {id}; {} are free again",
            size_words(removed.freed_bytes)
        )
    };
    if !removed.kept.is_empty() {
        let kept: Vec<String> = (removed.kept.iter())
            .map(|path| path.display().to_string())
            .collect();
        text.push_str(". These are not of the model and stay: ");
        text.push_str(&kept.join(", "));
    }
    Answer::new(
        text,
        json!({
            "removed": id, "freed_bytes": removed.freed_bytes,
            "was_adopted": removed.was_adopted, "kept": removed.kept,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_within_the_page() {
        let text = "word ".repeat(60);
        let lines = wrapped(&text, "    ");
        assert!(lines.len() > 2);
        assert!(
            lines
                .iter()
                .all(|line| line.len() <= COLUMNS && line.starts_with("    word"))
        );
        let row = row([
            "wan2.1-vace-1.3b-q8",
            "unfinished",
            "11.4 GB",
            "apache-2.0",
            "too large",
        ]);
        assert!(row.chars().count() <= COLUMNS, "{row}");
    }
}
