//! The window: what a person sees and asks for, turned into edits and commands.
//!
//! Never here: GStreamer, candle, wgpu pipelines, threads that work. Nothing changes the document but [`editor`].
//!
//! Start reading at [`action`] (all that can be asked), then [`editor`] (the only place that applies edits), then
//! [`app`], [`logic`] and [`ui`]: events in, actions applied, panels drawn.

pub mod action;
pub mod app;
pub mod asking;
pub mod cli;
pub mod demo;
pub mod desktop_notice;
pub mod editor;
pub mod engine;
pub mod errand;
pub mod folders;
pub mod inbox;
pub mod jobs;
pub mod limits;
pub mod logic;
pub mod notice;
pub mod panels;
pub mod pictures;
pub mod project;
pub mod prompts;
pub mod selection;
pub mod settings;
pub mod takes;
pub mod theme;
pub mod transport;
pub mod ui;
pub mod view;
pub mod widgets;
pub mod window;
pub mod wording;
