//! The line for a server in the documents, followed as it stands.

use crate::harness::guard_bin;
use crate::world::{LEAVES, World};
use crate::yaml;

#[test]
fn the_server_of_the_documents_refuses_what_leaves_the_plan() {
    let page = yaml::file("docs/server.md");
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("> hooks/pre-receive")).collect();
    assert_eq!(lines.len(), 1);
    let mut world = World::new("");
    world.does(&format!("git init -q --bare ../server.git; cd ../server.git; {}", lines[0]));
    // Where guard is not on the PATH of the server's user, nothing gets in.
    let push = |world: &World, branch: &str| world.repo.git(&["push", "../server.git", branch]);
    push(&world, "main").says(1, &["guard: not found", "pre-receive hook declined"]);
    let mut search = std::path::Path::new(guard_bin()).parent().unwrap().as_os_str().to_owned();
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap());
    world.repo.env("PATH", search);
    push(&world, "work").says(1, &["git push <remote> main", "pre-receive hook declined"]);
    push(&world, "main").says(0, &["it founds the protected branch"]);
    push(&world, "work").ok();
    world.does(LEAVES);
    push(&world, "work").says(1, &["error[scope]: T001 may not change other", "pre-receive hook declined"]);
}
