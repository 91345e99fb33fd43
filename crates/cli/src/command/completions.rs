//! `brinell completions`: what a shell needs to complete command lines.

use crate::arguments::{Cli, HELP};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  brinell completions bash > ~/.local/share/bash-completion/completions/brinell
  brinell completions zsh > ~/.zfunc/_brinell
  brinell completions fish > ~/.config/fish/completions/brinell.fish";

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(arguments: &Completions) -> Outcome<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "brinell", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
