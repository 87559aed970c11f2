//! The wheel: read by Python's own tools, installed with pip, used, and taken away.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::harness::{Ran, picture};
use crate::python;
use crate::world::{archive_name, package, project, release, run, target, tool, works};

static FIRST: OnceLock<Vec<u8>> = OnceLock::new();

fn build(folder: &Path) -> PathBuf {
    let args = ["wheel", folder.to_str().unwrap(), "--target", &target()];
    let path = PathBuf::from(package(&args, project()).unwrap().ok());
    assert_eq!(path.parent(), Some(folder));
    // Whoever makes it from the same archive gets the same bytes.
    let bytes = fs::read(&path).unwrap();
    assert!(*FIRST.get_or_init(|| bytes.clone()) == bytes, "two wheels of one archive differ");
    path
}

#[test]
fn the_wheel_is_what_python_s_own_tools_call_one() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    let wheel = build(&folder);
    let name = wheel.file_name().unwrap().to_str().unwrap();
    // A dynamic program says by the versions that it asks of glibc on which systems it starts.
    if target().ends_with("linux-gnu") && !crate::static_program::is_static() {
        assert!(name.contains("-py3-none-manylinux_2_") && !name.contains("musl"), "{name}");
    }

    let Some(python) = python::wheels() else { return };
    let unpack = |wheel: &Path| -> Ran {
        run(python, &["-m", "wheel", "unpack", wheel.to_str().unwrap()], scratch.path())
    };
    // A file that is not what RECORD says is seen by the reader that is asked here.
    let code = "import sys, zipfile as z\na, b = sys.argv[1:]\ni, o = z.ZipFile(a), z.ZipFile(b, 'w')\n\
        for e in i.infolist():\n d = i.read(e)\n o.writestr(e, d + b'x' * e.filename.endswith('/scripts/guard'))\n\
        o.close()";
    let bad = scratch.path().join(name);
    run(python, &["-c", code, wheel.to_str().unwrap(), bad.to_str().unwrap()], scratch.path()).ok();
    let refused = unpack(&bad);
    assert!(refused.code != 0 && refused.text().contains("ash mismatch"), "{}", refused.text());
    unpack(&wheel).ok();
    let metadata = "import sys,zipfile\nfrom packaging.metadata import Metadata\nz=zipfile.ZipFile(sys.argv[1])\n\
        n=[n for n in z.namelist() if n.endswith('/METADATA')]\nm=Metadata.from_email(z.read(n[0]),validate=True)\n\
        print(m.name,m.version,m.license_expression)\nprint(*m.classifiers,sep='\\n')";
    let said = run(python, &["-c", metadata, wheel.to_str().unwrap()], scratch.path()).ok();
    assert!(
        said.starts_with(&format!("guard-for-git {} MIT OR Apache-2.0\n", crate::world::VERSION)),
        "{said}"
    );
    // `publish = false` in Cargo.toml holds here, too.
    assert!(said.contains("Private :: Do Not Upload"), "{said}");
}

#[test]
fn pip_installs_the_wheel_and_takes_it_away_without_a_trace() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    let wheel = build(&folder);
    let venv = scratch.path().join("venv");
    run("python3", &["-m", "venv", venv.to_str().unwrap()], scratch.path()).ok();
    let pip = |args: &[&str]| {
        run(
            venv.join("bin/python"),
            &[&["-m", "pip", "--disable-pip-version-check"], args].concat(),
            scratch.path(),
        )
    };
    // The first call leaves files of its own.
    pip(&["list"]).ok();
    let before = picture(&venv.join("bin"));
    let install = ["install", "-q", "--no-index", "--no-deps"];
    pip(&[&install[..], &[folder.join(archive_name()).to_str().unwrap()]].concat()).says(1, &[]);
    pip(&[&install[..], &[wheel.to_str().unwrap()]].concat()).ok();
    assert!(venv.join("share/man/man1/guard-start.1").is_file());
    let repo = works(&venv.join("bin"));
    pip(&["uninstall", "-q", "-y", "guard-for-git"]).ok();
    assert_eq!(picture(&venv.join("bin")), before);
    assert!(!venv.join("share/man/man1/guard-start.1").exists());
    // Without the program the hooks let nothing pass.
    repo.commit("T001: more").says(1, &["was not found"]);
}

#[test]
fn a_wheel_without_its_archive_is_not_made() {
    let scratch = tempfile::tempdir().unwrap();
    if tool("python3").is_none() {
        return;
    }
    let args = ["wheel", scratch.path().to_str().unwrap(), "--target", &target()];
    package(&args, project()).unwrap().says(1, &["is not there", "package.py archive"]);
}
