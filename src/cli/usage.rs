//! Words that make no sense together: told before anything is read, with exit code 2.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

/// What was asked for makes no sense: exit code 2, as for words that clap itself refuses.
#[derive(Debug)]
pub(super) struct Misuse(pub String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Ends with a [`Misuse`] of these words.
macro_rules! misuse {
    ($($words:tt)*) => {
        return Err($crate::cli::usage::Misuse(format!($($words)*)).into())
    };
}
pub(super) use misuse;

/// The arguments that name a file to be replaced.
const OUTPUTS: [&str; 6] = ["output", "card", "doubtful", "report", "scores", "write_map"];

/// Command, output and input that may be one file.
const IN_PLACE: [(&str, &str, &str); 2] = [("retrain", "output", "model"), ("convert", "output", "file")];

/// Refuses to write over a file that is read, or to write two results to one. Two commands put something of the same kind in
/// its place, when all of it was read: `retrain` the new model, `convert` the same accounts.
///
/// # Errors
/// [`Misuse`], with both names.
pub(super) fn check_outputs(matches: &ArgMatches) -> Result<(), Misuse> {
    let (mut command, mut named) = (String::new(), Vec::new());
    let mut level = Some(matches);
    while let Some(matches) = level {
        for id in matches.ids() {
            // Only arguments that are files.
            if let Ok(Some(paths)) = matches.try_get_many::<PathBuf>(id.as_str()) {
                named.extend(paths.map(|path| (id.as_str(), path.as_path())));
            }
        }
        level = matches.subcommand().map(|(name, below)| {
            command = name.to_string();
            below
        });
    }
    let is_output = |id: &str| OUTPUTS.contains(&id);
    let shown = |path: &Path| crate::safe::visible(&path.display().to_string()).into_owned();
    if let Some((_, folder)) = named.iter().find(|(id, path)| is_output(id) && path.is_dir()) {
        return Err(Misuse(format!(
            "{} is a folder, and a result goes to a file\n  expected the name of a file",
            shown(folder)
        )));
    }
    for (id, path) in named.iter().filter(|(id, _)| is_output(id)) {
        let Some(file) = place_of(path) else { continue };
        let other = named.iter().find(|(other, path)| {
            other != id
                && !IN_PLACE.contains(&(command.as_str(), *id, *other))
                && place_of(path).as_ref() == Some(&file)
        });
        if let Some((other, _)) = other {
            let shown = shown(path);
            return Err(Misuse(if is_output(other) {
                format!("{shown}: two results cannot go to one file\n  expected a name for each")
            } else {
                format!("{shown}: the result would go over a file that is read\n  expected another name")
            }));
        }
    }
    Ok(())
}

/// Where a file is or would be, whatever way leads there; `None` for standard output, and what is no file.
pub(super) fn place_of(path: &Path) -> Option<PathBuf> {
    if path == Path::new("-") || path.metadata().is_ok_and(|found| !found.is_file()) {
        return None;
    }
    if let Ok(place) = path.canonicalize() {
        return Some(place);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_argument_that_is_written_to_is_known() {
        let mut commands = vec![crate::cli::Cli::command()];
        let mut found = Vec::new();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().cloned());
            for argument in command.get_arguments() {
                let help = argument
                    .get_long_help()
                    .or(argument.get_help())
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let writes = ["Write ", "Where ", "write each row", ", as CSV, "];
                if argument.get_value_parser().type_id() == std::any::TypeId::of::<PathBuf>()
                    && writes.iter().any(|word| help.contains(word))
                {
                    found.push((argument.get_id().to_string(), help));
                }
            }
        }
        for (id, help) in &found {
            assert!(OUTPUTS.contains(&id.as_str()), "--{id}: {help}");
        }
        for id in OUTPUTS {
            assert!(found.iter().any(|(found, _)| found == id), "{id}");
        }
    }
}
