//! Commands on models: what is there, what can be installed, and how it comes and goes.

use super::{CommandResult, STOP, models_words, output::Answer};
use clap::{Args, CommandFactory as _, Subcommand, error::ErrorKind};
use runtime::{
    Error, JobProgress,
    models::{
        ModelsError,
        adopt::{Adoption, RunChoices, adopt},
        catalogue::catalogue,
        hub::Hub,
        install::{Plan, install, plan},
        list::list,
        relocate::move_user_models,
        remove::remove,
        size_words, user_models_folder,
        verify::verify,
    },
};
use serde_json::json;
use std::{
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::PathBuf,
    sync::{atomic::Ordering, mpsc::RecvTimeoutError},
    time::Duration,
};

/// What can be done with models; they are listed when nothing is said.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List what is there and what can be installed.
    List,
    /// Download a model from the hub, after its size and licence were shown and agreed to.
    ///
    /// An interrupted download goes on where it stopped. HF_ENDPOINT names another hub; HF_TOKEN is for models that are
    /// not handed out to everyone.
    Install {
        /// Id, as listed.
        id: String,
        /// Agree to the licence as listed, and download without asking.
        #[arg(long)]
        yes: bool,
        /// Say what would be downloaded, and stop.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
    },
    /// Use model files that are on this machine already; they stay where they are.
    Adopt(AdoptArguments),
    /// Read every file of a model, or of all, and compare it with what it should be.
    Verify {
        /// Id, as listed.
        id: Option<String>,
    },
    /// Move all models to another folder, which is used from then on; the old one goes when every copy was checked.
    Move {
        /// The folder: empty, or not there yet.
        to: PathBuf,
    },
    /// Delete an installed model and what unfinished downloads left; adopted files are only forgotten.
    Remove {
        /// Id, as listed.
        id: String,
    },
}

/// What is adopted, and how it is run.
#[derive(Debug, Args)]
pub struct AdoptArguments {
    /// Folders or files: transformer, VAE, text encoder and tokenizer.json, together or one by one.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// A LoRA to merge, with its strength when that is not 1.
    #[arg(long, value_name = "FILE[:STRENGTH]", value_parser = lora)]
    lora: Vec<(PathBuf, f64)>,
    /// Of two transformers, the one for low noise, where the names do not say it.
    #[arg(long, value_name = "FILE")]
    low_noise: Option<PathBuf>,
    /// Id; made from the first name without it.
    #[arg(long)]
    id: Option<String>,
    /// Name to show.
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights, as their publisher says.
    #[arg(long)]
    license: Option<String>,
    /// Sampler, where the model wants another than usual.
    #[arg(long, value_parser = ["unipc", "euler", "dmd"])]
    sampler: Option<String>,
    /// Steps, where the model wants others than usual: 4 for most distilled ones.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=100))]
    steps: Option<i64>,
    /// Guidance, where the model wants another than usual: 1 for most distilled ones.
    #[arg(long, value_parser = guidance)]
    guidance: Option<f64>,
    /// Shift of the noise levels, where the model wants another than usual.
    #[arg(long, value_parser = shift)]
    shift: Option<f64>,
}

/// Does what is said, or lists.
pub fn models(
    command: Option<ModelsCommand>,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let folder = user_models_folder();
    match command.unwrap_or(ModelsCommand::List) {
        ModelsCommand::List => {
            let listing = list(&folder)?;
            Ok(Answer::new(
                models_words::listing(&listing),
                models_words::listing_value(&listing),
            ))
        }
        ModelsCommand::Install { id, yes, dry_run } => {
            let consent = match (yes, dry_run) {
                (_, true) => Consent::PlanOnly,
                (true, false) => Consent::Given,
                (false, false) => Consent::Ask,
            };
            install_command(&id, consent, on_progress)
        }
        ModelsCommand::Adopt(arguments) => {
            let model = adopt(&folder, &adoption(arguments), on_progress)?;
            let text = format!(
                "Adopted {} ({}) with {} files; they stay where they are",
                model.record.id,
                size_words(model.record.size_bytes()),
                model.record.files.len()
            );
            Ok(Answer::new(
                text,
                json!({ "folder": model.folder, "model": model.record }),
            ))
        }
        ModelsCommand::Verify { id } => {
            let verified = verify(&folder, id.as_deref(), on_progress)?;
            let faults = verified.faults();
            if faults.is_empty() {
                return Ok(models_words::verified(&verified));
            }
            let checked = verified.files.len() + verified.broken.len();
            Err(Error::Models(ModelsError::Damaged { checked, faults }))
        }
        ModelsCommand::Move { to } => Ok(models_words::moved(&move_user_models(
            &folder,
            &to,
            on_progress,
        )?)),
        ModelsCommand::Remove { id } => Ok(models_words::removed(&id, &remove(&folder, &id)?)),
    }
}

/// How the user agrees to a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consent {
    /// Beforehand.
    Given,
    /// When asked.
    Ask,
    /// Not at all; only the plan is wanted.
    PlanOnly,
}

fn install_command(
    id: &str,
    consent: Consent,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let folder = user_models_folder();
    let mut known = catalogue();
    let Some(index) = known.iter().position(|model| model.id == id) else {
        let known: Vec<String> = known.into_iter().map(|model| model.id).collect();
        return Err(Error::Models(ModelsError::NotInstallable {
            id: id.into(),
            known: known.join(", "),
        }));
    };
    if consent == Consent::Ask && !std::io::stdin().is_terminal() {
        // Before anything is asked of the network.
        super::Cli::command()
            .error(
                ErrorKind::MissingRequiredArgument,
                "without a terminal to ask on, install needs --yes (or --dry-run to see what it would do)",
            )
            .exit();
    }
    let hub = Hub::from_environment()?;
    let plan = plan(&folder, known.swap_remove(index), &hub, on_progress)?;
    let words = models_words::plan(&plan, hub.host(), &folder);
    match consent {
        Consent::PlanOnly => return Ok(Answer::new(words, models_words::plan_value(&plan))),
        Consent::Given => {
            if let Some(change) = plan.license_change() {
                return Err(change);
            }
        }
        Consent::Ask => ask(&words, &plan)?,
    }
    let model = install(&folder, &plan, &hub, on_progress)?;
    let text = format!(
        "Installed {} ({}) in {}; licence {}",
        model.record.id,
        size_words(model.record.size_bytes()),
        model.folder.display(),
        model.record.license
    );
    Ok(Answer::new(
        text,
        json!({ "folder": model.folder, "model": model.record }),
    ))
}

/// Shows the plan and waits for a yes; everything else, the end of the input and Ctrl-C too, is a no.
fn ask(words: &str, plan: &Plan) -> Result<(), Error> {
    let licenses: Vec<&str> = plan
        .licenses()
        .into_iter()
        .map(|(_id, license)| license)
        .collect();
    let changed = if plan.license_change().is_some() {
        " THE LICENCE IS NOT THE ONE THAT WAS LISTED."
    } else {
        ""
    };
    let mut error = std::io::stderr();
    let question = format!(
        "{words}\n{changed}\nDownload {} and agree to the licence ({})? [y/N] ",
        size_words(plan.total_bytes().saturating_sub(plan.here_bytes)),
        licenses.join(", ")
    );
    // A terminal that is gone answers nothing below.
    error
        .write_all(question.as_bytes())
        .and_then(|()| error.flush())
        .ok();
    // Reading blocks, and Ctrl-C only sets a flag, so somebody else reads.
    let (sender, answers) = std::sync::mpsc::sync_channel(1);
    let reader = std::thread::Builder::new().name("question".into());
    let reading = reader.spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        // Nobody waits after Ctrl-C.
        sender.send(read.map(|_count| line)).ok();
    });
    if reading.is_err() {
        return Err(Error::Cancelled);
    }
    loop {
        if STOP.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        match answers.recv_timeout(Duration::from_millis(100)) {
            Ok(Ok(line)) if ["y", "yes"].contains(&line.trim().to_lowercase().as_str()) => {
                return Ok(());
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(Error::Cancelled),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn adoption(arguments: AdoptArguments) -> Adoption {
    Adoption {
        paths: arguments.paths,
        loras: arguments.lora,
        low_noise: arguments.low_noise,
        id: arguments.id,
        name: arguments.name,
        license: arguments.license,
        run: RunChoices {
            sampler: arguments.sampler,
            num_inference_steps: arguments.steps,
            guidance_scale: arguments.guidance,
            flow_shift: arguments.shift,
        },
    }
}

fn lora(text: &str) -> Result<(PathBuf, f64), String> {
    let Some((path, strength)) = text.rsplit_once(':') else {
        return Ok((text.into(), 1.0));
    };
    match strength.parse::<f64>() {
        Ok(strength) if (-4.0..=4.0).contains(&strength) && !path.is_empty() => {
            Ok((path.into(), strength))
        }
        Ok(_) => Err(format!(
            "the strength in \"{text}\" is not between -4 and 4"
        )),
        // A colon may be part of a name.
        Err(_no_number) => Ok((text.into(), 1.0)),
    }
}

fn guidance(text: &str) -> Result<f64, String> {
    between(text, 1.0, 20.0)
}

fn shift(text: &str) -> Result<f64, String> {
    between(text, 0.1, 30.0)
}

fn between(text: &str, min: f64, max: f64) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("\"{text}\" is not a number from {min} to {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_come_after_the_last_colon() {
        assert_eq!(lora("a.safetensors"), Ok(("a.safetensors".into(), 1.0)));
        assert_eq!(
            lora("a:b.safetensors:0.5"),
            Ok(("a:b.safetensors".into(), 0.5))
        );
        assert_eq!(
            lora("c:\\a.safetensors"),
            Ok(("c:\\a.safetensors".into(), 1.0))
        );
        assert!(lora("a.safetensors:9").is_err());
        assert!(guidance("0").is_err() && guidance("nan").is_err() && guidance("1") == Ok(1.0));
    }
}
