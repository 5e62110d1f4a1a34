//! The command line: the same engine without a window. Results go to standard output, progress to standard error.

mod args;
mod demo;
mod media_commands;
mod models_commands;
mod models_words;
mod output;
mod picture_commands;
mod project_commands;
mod sound_commands;
mod verb_commands;

use args::{Cli, CommandLine};
use clap::Parser as _;
use output::{Answer, Output};
use runtime::{JobProgress, Problem};
use std::{
    ops::ControlFlow,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

/// Set by Ctrl-C; every step of long work looks at it.
static STOP: AtomicBool = AtomicBool::new(false);

/// What a command ends with.
pub(crate) type CommandResult = Result<Answer, runtime::Error>;

/// Reads the arguments, does what they say, and answers with the exit code that scripts rely on:
/// 0 done, 1 failed, 2 wrong usage, 130 cancelled.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { is_json: cli.json };
    if let Err(error) = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)) {
        // Without the handler Ctrl-C still ends the program, only less tidily.
        log::warn!("Ctrl-C cannot be caught: {error}");
    }
    let Some(command) = cli.command else {
        if let Some(project) = cli.project.as_ref().filter(|project| !project.exists()) {
            let what = format!(
                "{} is neither a command nor a project file",
                project.display()
            );
            output.problem(&Problem::error(what, "See everframe --help"));
            return ExitCode::from(2);
        }
        return open_window(cli.project, cli.demo, output);
    };
    match run(command, output) {
        Ok(answer) => {
            output.answer(&answer);
            ExitCode::SUCCESS
        }
        Err(runtime::Error::Cancelled) => {
            output.problem(&Problem::from(runtime::Error::Cancelled));
            ExitCode::from(130)
        }
        Err(error) => {
            output.problem(&Problem::from(error));
            ExitCode::FAILURE
        }
    }
}

fn open_window(project: Option<std::path::PathBuf>, is_demo: bool, output: Output) -> ExitCode {
    let project = if is_demo {
        crate::demo::window_project().map(Some)
    } else {
        Ok(project)
    };
    let opened = project.map_err(Problem::from).and_then(crate::window::run);
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output.problem(&problem);
            ExitCode::FAILURE
        }
    }
}

fn run(command: CommandLine, output: Output) -> CommandResult {
    let counts_bytes = matches!(command, CommandLine::Models { .. });
    let mut on_progress = |progress: JobProgress| {
        if counts_bytes {
            output.bytes_progress(&progress);
        } else {
            output.progress(&progress);
        }
        if STOP.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    match command {
        CommandLine::Demo { folder } => demo::demo(&folder, &mut on_progress),
        CommandLine::Probe { file } => media_commands::probe(&file),
        CommandLine::New {
            project,
            size,
            rate,
        } => project_commands::new_project(&project, size, rate),
        CommandLine::Edit { project } => project_commands::edit(&project),
        CommandLine::Show { project } => project_commands::show(&project),
        CommandLine::Relink { project, folder } => project_commands::relink(&project, &folder),
        CommandLine::Frame {
            project,
            frame,
            out,
        } => project_commands::frame(&project, frame, &out),
        CommandLine::Export {
            project,
            out,
            preset,
            range,
            effort,
        } => {
            let request = project_commands::export_request(out, preset, range, effort)?;
            project_commands::export(&project, request, &mut on_progress)
        }
        CommandLine::Generate(args) => verb_commands::generate(args, &mut on_progress),
        CommandLine::Animate(args) => verb_commands::animate(args, &mut on_progress),
        CommandLine::Extend(args) => verb_commands::extend(args, &mut on_progress),
        CommandLine::Fill(args) => verb_commands::fill(args, &mut on_progress),
        CommandLine::Join(args) => verb_commands::join(args, &mut on_progress),
        CommandLine::Background(args) => verb_commands::background(args, &mut on_progress),
        CommandLine::Repaint(args) => verb_commands::repaint(args, &mut on_progress),
        CommandLine::Outpaint(args) => verb_commands::outpaint(args, &mut on_progress),
        CommandLine::Interpolate(args) => verb_commands::interpolate(args, &mut on_progress),
        CommandLine::CleanSpeech(asked) => sound_commands::clean_speech(&asked, &mut on_progress),
        CommandLine::Captions(asked) => sound_commands::captions(asked, &mut on_progress),
        CommandLine::Upscale(asked) => picture_commands::upscale(&asked, &mut on_progress),
        CommandLine::Restyle(asked) => picture_commands::restyle(asked, &mut on_progress),
        CommandLine::Models { command } => models_commands::models(command, &mut on_progress),
    }
}
