//! Where the tickets of a plan come from: the tree that locks it, or the work tree before that.

use std::fs;
use std::path::Path;

use super::Tree;
use crate::error::{Error, Result};
use crate::model::Mode;
use crate::plan::{Document, is_overlay, is_ticket_path, overlay_path, tickets_folder};
use crate::rule::show;

impl Tree<'_> {
    /// The tickets of the plan at this path, by path, and its overlay.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn tickets(&self, plan: &[u8]) -> Result<Vec<Document>> {
        let plan = show(plan);
        let mut found = Vec::new();
        if let Some(overlay) = overlay_path(&plan)
            && self.entry(overlay.as_bytes())?.is_some()
        {
            found.push(self.ticket(overlay.as_bytes())?);
        }
        let Some(folder) = tickets_folder(&plan) else { return Ok(found) };
        let keep = |path: &[u8]| match path.ends_with(b"/") {
            true => folder.as_bytes().starts_with(path),
            false => is_ticket_path(&plan, &show(path)),
        };
        for path in self.files(&keep)? {
            found.push(self.ticket(&path)?);
        }
        found.retain(Document::is_ticket);
        Ok(found)
    }

    fn ticket(&self, path: &[u8]) -> Result<Document> {
        // A link is none that can be locked: nothing is read from it, which is a problem of the plan.
        let text = match self.entry(path)? {
            Some(entry) if matches!(entry.mode, Mode::Regular | Mode::Executable) => {
                self.history.blob(entry.id)?
            }
            _ => Vec::new(),
        };
        Ok(Document { path: show(path), text })
    }
}

/// The tickets, and the overlay, that lie beside the plan in the file system; `path` is the plan's path below `top`.
///
/// # Errors
/// A folder or a file that cannot be read.
pub fn tickets_beside(top: &Path, path: &str) -> Result<Vec<Document>> {
    let mut found = Vec::new();
    if let Some(overlay) = overlay_path(path)
        && let Ok(meta) = fs::symlink_metadata(top.join(&overlay))
    {
        let failed = |e: std::io::Error| Error::io(format!("{overlay} cannot be read: {e}"));
        let text = if meta.is_file() { fs::read(top.join(&overlay)).map_err(failed)? } else { Vec::new() };
        found.push(Document { path: overlay, text });
    }
    let Some(folder) = tickets_folder(path).filter(|folder| top.join(folder).is_dir()) else {
        return Ok(found);
    };
    let failed = |e: std::io::Error| Error::io(format!("{folder} cannot be read: {e}"));
    for entry in fs::read_dir(top.join(&folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let ticket = format!("{folder}{}", show(entry.file_name().as_encoded_bytes()));
        if is_ticket_path(path, &ticket) {
            let regular = entry.file_type().map_err(failed)?.is_file();
            let text = if regular { fs::read(entry.path()).map_err(failed)? } else { Vec::new() };
            found.push(Document { path: ticket, text });
        }
    }
    found.retain(Document::is_ticket);
    // As in a tree: the overlay first.
    found.sort_by(|one, other| {
        (!is_overlay(&one.path), &one.path).cmp(&(!is_overlay(&other.path), &other.path))
    });
    Ok(found)
}
